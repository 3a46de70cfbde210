using System.Collections.Immutable;
using KmsTools.Quotas;

namespace KmsTools;

/// <summary>The values of all quotas of a store, as immutable data.</summary>
public sealed record QuotaLimits
{
    /// <summary>The values of a new store.</summary>
    public static QuotaLimits Default { get; } = new();

    /// <summary>Whether calls are throttled.</summary>
    public bool RequestQuotasEnabled { get; init; }

    /// <summary>The quotas that were set to a value other than their default.</summary>
    public ImmutableDictionary<string, long> Changed { get; init; } = [];

    /// <summary>The value of a quota whose default is the same in all Regions.</summary>
    /// <param name="name">The name of the quota.</param>
    public long this[string name] => Changed.TryGetValue(name, out long value) ? value : QuotaTable.All[name].DefaultValue;

    /// <summary>The value of a quota in a Region. A value that was set applies in all Regions.</summary>
    /// <param name="name">The name of the quota.</param>
    /// <param name="region">The Region.</param>
    public long In(string region, string name) => Changed.TryGetValue(name, out long value) ? value : QuotaTable.Default(name, region);
}
