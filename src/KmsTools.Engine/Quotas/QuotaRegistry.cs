using System.Collections.Immutable;
using KmsTools.Identifiers;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using KmsTools.Quotas;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools;

/// <summary>
/// The quotas of a store: what Service Quotas is to AWS KMS. Resource quotas are always enforced. Request quotas throttle calls only where
/// they were enabled.
/// </summary>
public sealed class QuotaRegistry
{
    private readonly StateStoreProperties _properties;
    private readonly SnapshotCache _snapshots;
    private readonly Administration _administration;

    internal QuotaRegistry(StateStoreProperties properties, SnapshotCache snapshots, Administration administration)
    {
        _properties = properties;
        _snapshots = snapshots;
        _administration = administration;
    }

    /// <summary>Whether calls are throttled. Off in a new store.</summary>
    public bool RequestQuotasEnabled
    {
        get => Read().RequestQuotasEnabled;
        set => SetRequestQuotasEnabled(value);
    }

    /// <summary>All quotas in the order of their names.</summary>
    /// <param name="region">The Region whose values to return; null for the default Region of the store.</param>
    public ImmutableArray<Quota> List(RegionName? region = null)
    {
        RegionName where = region ?? _properties.Region;
        QuotaLimits limits = Read();
        return
        [
            .. QuotaTable.All.Values
                .OrderBy(static quota => quota.Name, StringComparer.Ordinal)
                .Select(quota => quota with
                {
                    Value = limits.In(where, quota.Name),
                    DefaultValue = QuotaTable.Default(quota.Name, where),
                    IsEnforced = limits.RequestQuotasEnabled || quota.Unit != QuotaTable.PerSecond,
                }),
        ];
    }

    /// <summary>Enables or disables the request quotas.</summary>
    /// <param name="enabled">Whether calls are throttled.</param>
    /// <param name="caller">The caller that does so; null for the user of the operating system.</param>
    public void SetRequestQuotasEnabled(bool enabled, Caller? caller = null) => Change(
        new AdministrativeAct(enabled ? AuditNames.EnableRequestQuota : AuditNames.DisableRequestQuota, caller),
        limits => limits with { RequestQuotasEnabled = enabled });

    /// <summary>Sets a quota, in all Regions.</summary>
    /// <param name="name">The name of the quota.</param>
    /// <param name="value">The new value; not negative.</param>
    /// <param name="caller">The caller that sets it; null for the user of the operating system.</param>
    /// <exception cref="ArgumentException">The quota does not exist, or the value is negative.</exception>
    public void Set(string name, long value, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        Change(new AdministrativeAct(AuditNames.SetQuota, caller).With(Members.Name, name).With(Members.Value, value), limits =>
        {
            RequireName(name);
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            return limits with { Changed = limits.Changed.SetItem(name, value) };
        });
    }

    /// <summary>Resets a quota to its default value.</summary>
    /// <param name="name">The name of the quota.</param>
    /// <param name="caller">The caller that resets it; null for the user of the operating system.</param>
    /// <exception cref="ArgumentException">The quota does not exist.</exception>
    public void Reset(string name, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        Change(new AdministrativeAct(AuditNames.ResetQuota, caller).With(Members.Name, name), limits =>
        {
            RequireName(name);
            return limits with { Changed = limits.Changed.Remove(name) };
        });
    }

    private static void RequireName(string name)
    {
        if (!QuotaTable.All.ContainsKey(name))
        {
            throw new ArgumentException($"Quota '{name}' does not exist.", nameof(name));
        }
    }

    private QuotaLimits Read()
    {
        using IStateReader state = _snapshots.Open();
        return state.ReadQuotas();
    }

    private void Change(AdministrativeAct act, Func<QuotaLimits, QuotaLimits> change) => _administration.Do(act, (_, transaction) =>
    {
        QuotaLimits changed = change(transaction.ReadQuotas());
        transaction.WriteQuotas(changed);
        return changed;
    });
}
