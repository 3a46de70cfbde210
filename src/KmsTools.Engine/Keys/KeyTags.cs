namespace KmsTools.Keys;

/// <summary>The rules for tags of a key. Source: recorded answers of AWS KMS.</summary>
internal static class KeyTags
{
    /// <summary>Refuses tags that break a rule.</summary>
    /// <param name="tags">All tags that the key will have.</param>
    /// <param name="max">Most tags of one key, by quota.</param>
    /// <exception cref="KmsException">TagException or ValidationException.</exception>
    public static void Require(IReadOnlyList<Tag>? tags, long max)
    {
        if (tags is null)
        {
            return;
        }

        for (int i = 0; i < tags.Count; i++)
        {
            RequireLength(tags[i].TagKey ?? "", $"tags.{i + 1}.member.tagKey", 1, 128);
            RequireLength(tags[i].TagValue ?? "", $"tags.{i + 1}.member.tagValue", 0, 256);
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
            throw KmsErrors.Tag("Too many tags");
        }
    }

    private static void RequireLength(string text, string path, int min, int max)
    {
        if (text.Length < min || text.Length > max)
        {
            throw KmsErrors.Validation(
                $"1 validation error detected: Value '{text}' at '{path}' failed to satisfy constraint: Member must have length "
                + (text.Length > max ? $"less than or equal to {max}" : $"greater than or equal to {min}"));
        }
    }
}
