using System.Collections.Immutable;
using System.Globalization;

namespace KmsTools.Authorization;

/// <summary>Writes what a call knows as values of condition keys. What is not there has no values, and its key is absent.</summary>
internal static class Facts
{
    /// <summary>A text.</summary>
    public static ConditionValues? Of(string? text) => text is null ? null : ConditionValues.Of(text);

    /// <summary>A Boolean.</summary>
    public static ConditionValues? Of(bool? flag) => flag is { } value ? ConditionValues.Of(value ? "true" : "false") : null;

    /// <summary>A number.</summary>
    public static ConditionValues Of(long number) => ConditionValues.Of(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The values of a key that can have many.</summary>
    public static ConditionValues? OfAll(IEnumerable<string>? texts) =>
        texts?.ToImmutableArray() is { IsEmpty: false } values ? new ConditionValues(values, IsMultiValued: true) : null;

    /// <summary>A moment, as ISO 8601.</summary>
    public static ConditionValues OfDate(DateTimeOffset time) =>
        ConditionValues.Of(time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));

    /// <summary>The value of the pair that a condition key names behind a prefix, regardless of case but an exact match first.</summary>
    /// <returns>Null when the key does not begin with the prefix, or the context lacks the pair.</returns>
    public static ConditionValues? OfPair(IEnumerable<KeyValuePair<string, string>>? pairs, string key, string prefix)
    {
        if (pairs is null || !key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        string name = key[prefix.Length..];
        string? found = null;
        foreach ((string pairKey, string value) in pairs)
        {
            if (pairKey == name)
            {
                return ConditionValues.Of(value);
            }

            found ??= pairKey.Equals(name, StringComparison.OrdinalIgnoreCase) ? value : null;
        }

        return Of(found);
    }

    /// <summary>The values of aws:RequestTag and aws:TagKeys for the tags of a request; null for any other key.</summary>
    public static ConditionValues? OfRequestTags(IReadOnlyList<Tag>? tags, string key) => key == ConditionKeys.TagKeys
        ? OfAll(tags?.Select(static tag => tag.TagKey!))
        : OfPair(tags?.Select(static tag => KeyValuePair.Create(tag.TagKey!, tag.TagValue!)), key, ConditionKeys.RequestTagPrefix);

    /// <summary>As <see cref="OfRequestTags"/>, for the tags of a key that is to be created: they are also those of the resource.</summary>
    public static ConditionValues? OfNewTags(IReadOnlyList<Tag>? tags, string key) => OfRequestTags(tags, key)
        ?? OfPair(tags?.Select(static tag => KeyValuePair.Create(tag.TagKey!, tag.TagValue!)), key, ConditionKeys.ResourceTagPrefix);
}
