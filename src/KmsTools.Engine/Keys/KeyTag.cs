using System.Collections.Immutable;

namespace KmsTools;

/// <summary>A tag as stored with a key. Unlike <see cref="Tag"/>, which is used in requests and responses, it never changes.</summary>
/// <param name="TagKey">1-128 characters; does not begin with <c>aws:</c>.</param>
/// <param name="TagValue">0-256 characters.</param>
public sealed record KeyTag(string TagKey, string TagValue)
{
    /// <summary>The tags of a request.</summary>
    internal static ImmutableArray<KeyTag> Of(IReadOnlyList<Tag>? tags) =>
        tags is null ? [] : [.. tags.Select(static tag => new KeyTag(tag.TagKey!, tag.TagValue!))];

    /// <summary>The tag as a response shows it.</summary>
    internal Tag ToTag() => new() { TagKey = TagKey, TagValue = TagValue };
}
