using System.Collections.Immutable;

namespace KmsTools.Keys;

/// <summary>The rules for tags of a key. Source: recorded responses of AWS KMS.</summary>
internal static class KeyTags
{
    /// <summary>Refuses tags that break a rule.</summary>
    /// <param name="tags">All tags that the key will have.</param>
    /// <param name="max">The maximum number of tags of one key, by quota.</param>
    /// <exception cref="KmsException">TagException.</exception>
    public static void Require(IReadOnlyList<Tag>? tags, long max)
    {
        if (tags is null)
        {
            return;
        }

        if (tags.Any(static tag => tag.TagKey!.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)))
        {
            throw KmsErrors.Tag("Tags beginning with aws: are reserved");
        }

        if (tags.DistinctBy(static tag => tag.TagKey, StringComparer.Ordinal).Count() != tags.Count)
        {
            throw KmsErrors.Tag("Duplicate tag keys");
        }

        if (tags.Count > max)
        {
            throw TooMany();
        }
    }

    /// <summary>
    /// The tags of a key after some were added: the value of an existing tag key changes in place, new tags go to the end.
    /// </summary>
    /// <exception cref="KmsException">TagException: there are too many.</exception>
    public static ImmutableArray<KeyTag> Add(ImmutableArray<KeyTag> tags, IReadOnlyList<Tag> added, long max)
    {
        List<KeyTag> merged = [.. tags];
        foreach (KeyTag tag in KeyTag.Of(added))
        {
            int at = merged.FindIndex(present => present.TagKey == tag.TagKey);
            if (at >= 0)
            {
                merged[at] = tag;
            }
            else
            {
                merged.Add(tag);
            }
        }

        return merged.Count <= max ? [.. merged] : throw TooMany();
    }

    /// <summary>The tags of a key without those of some tag keys, which need not exist.</summary>
    public static ImmutableArray<KeyTag> Remove(ImmutableArray<KeyTag> tags, IReadOnlyList<string> tagKeys) =>
        tags.RemoveAll(tag => tagKeys.Contains(tag.TagKey));

    private static KmsException TooMany() => KmsErrors.Tag("Too many tags");
}
