using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Quotas;

namespace KmsTools;

/// <summary>
/// The quotas of a store: what Service Quotas is to AWS KMS. Resource quotas always hold. Request quotas throttle calls only where
/// they were switched on.
/// </summary>
public sealed class QuotaRegistry
{
    private readonly IStateStore _store;

    internal QuotaRegistry(IStateStore store) => _store = store;

    /// <summary>Whether calls are throttled. Off in a new store.</summary>
    public bool RequestQuotasEnabled
    {
        get => Read().RequestQuotasEnabled;
        set => Change(limits => limits with { RequestQuotasEnabled = value });
    }

    /// <summary>All quotas in the order of their names.</summary>
    /// <param name="region">The Region whose values to tell; null for the default Region of the store.</param>
    public ImmutableArray<Quota> List(string? region = null)
    {
        region ??= _store.Properties.Region;
        QuotaLimits limits = Read();
        return
        [
            .. QuotaTable.All.Values
                .OrderBy(static quota => quota.Name, StringComparer.Ordinal)
                .Select(quota => quota with
                {
                    Value = limits.In(region, quota.Name),
                    DefaultValue = QuotaTable.Default(quota.Name, region),
                    IsEnforced = limits.RequestQuotasEnabled || quota.Unit != QuotaTable.PerSecond,
                }),
        ];
    }

    /// <summary>Sets a quota, in all Regions.</summary>
    /// <param name="name">The name of the quota.</param>
    /// <param name="value">The new value; not negative.</param>
    /// <exception cref="ArgumentException">There is no such quota, or the value is negative.</exception>
    public void Set(string name, long value)
    {
        RequireName(name);
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Change(limits => limits with { Changed = limits.Changed.SetItem(name, value) });
    }

    /// <summary>Gives a quota its default value back.</summary>
    /// <param name="name">The name of the quota.</param>
    /// <exception cref="ArgumentException">There is no such quota.</exception>
    public void Reset(string name)
    {
        RequireName(name);
        Change(limits => limits with { Changed = limits.Changed.Remove(name) });
    }

    private static void RequireName(string name)
    {
        if (!QuotaTable.All.ContainsKey(name))
        {
            throw new ArgumentException($"There is no quota '{name}'.", nameof(name));
        }
    }

    private QuotaLimits Read()
    {
        using IStateReader state = _store.OpenReader();
        return state.ReadQuotas();
    }

    private void Change(Func<QuotaLimits, QuotaLimits> change)
    {
        using IStateTransaction transaction = _store.BeginTransaction();
        transaction.WriteQuotas(change(transaction.ReadQuotas()));
        transaction.Commit();
    }
}
