using System.Collections.Immutable;

namespace KmsTools.Authorization;

/// <summary>A context of exactly the values that are given, as the calls of other software have it.</summary>
internal sealed class GivenContext : IRequestContext
{
    private readonly Dictionary<string, ConditionValues> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A context.</summary>
    /// <param name="values">Condition keys, compared regardless of case, with their values. A key without any value is absent.</param>
    public GivenContext(IEnumerable<KeyValuePair<string, ImmutableArray<string>>> values)
    {
        foreach ((string key, ImmutableArray<string> found) in values)
        {
            _values[key] = new ConditionValues(found, found.Length > 1 || ConditionKey.IsMultiValued(key));
        }
    }

    /// <inheritdoc/>
    public ConditionValues? Find(string key) => _values.GetValueOrDefault(key);
}
