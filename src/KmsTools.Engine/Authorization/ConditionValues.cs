using System.Collections.Immutable;

namespace KmsTools.Authorization;

/// <summary>The values of a condition key in a call.</summary>
/// <param name="Values">The values. A key without any value is absent, not empty.</param>
/// <param name="IsMultiValued">Whether the key is one of those that have many values, and need a set operator.</param>
internal sealed record ConditionValues(ImmutableArray<string> Values, bool IsMultiValued = false)
{
    /// <summary>The value of a key that has one.</summary>
    public static ConditionValues Of(string value) => new([value]);
}
