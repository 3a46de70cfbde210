using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace KmsTools.Sts;

/// <summary>The rules about session tags. Source: "Pass session tags in AWS STS", IAM User Guide.</summary>
internal static class SessionTags
{
    // The pattern of both members; regular expressions with these categories are no part of what constraints of members can have.
    private const string Allowed = @"\p{L}\p{Z}\p{N}_.:/=+\-@";
    private const string AllowedSigns = "_.:/=+-@";

    /// <summary>Checks the tags of a request.</summary>
    /// <exception cref="KmsException">ValidationError or InvalidParameterValue.</exception>
    public static void Require(IReadOnlyList<SessionTag>? tags, IReadOnlyList<string>? transitiveTagKeys, CallerSession? incoming)
    {
        tags ??= [];
        for (int i = 0; i < tags.Count; i++)
        {
            RequireCharacters(tags[i].Key!, $"tags.{i + 1}.member.key", '+');
            RequireCharacters(tags[i].Value!, $"tags.{i + 1}.member.value", '*');
            if (tags[i].Key!.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
            {
                throw KmsErrors.InvalidParameterValue("System tags cannot be added/updated by requester");
            }
        }

        HashSet<string> keys = new(StringComparer.OrdinalIgnoreCase);
        if (!tags.All(tag => keys.Add(tag.Key!)))
        {
            throw KmsErrors.InvalidParameterValue("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
        }

        if (transitiveTagKeys?.Any(key => !keys.Contains(key)) == true)
        {
            throw KmsErrors.InvalidParameterValue("The specified transitive tag key must be included in the requested tags.");
        }

        if (incoming?.TransitiveTagKeys.Any(keys.Contains) == true)
        {
            throw KmsErrors.InvalidParameterValue(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling "
                    + "session.");
        }
    }

    /// <summary>The tags of a new session: those that the calling session hands on, and those of the request.</summary>
    public static ImmutableSortedDictionary<string, string> Merge(IReadOnlyList<SessionTag>? tags, CallerSession? incoming)
    {
        ImmutableSortedDictionary<string, string> handedOn = incoming is null
            ? ImmutableSortedDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase)
            : incoming.Tags.RemoveRange(
                incoming.Tags.Keys.Except(incoming.TransitiveTagKeys, StringComparer.OrdinalIgnoreCase).ToArray());
        return handedOn.AddRange((tags ?? []).Select(static tag => KeyValuePair.Create(tag.Key!, tag.Value!)));
    }

    private static void RequireCharacters(string text, string path, char repeat)
    {
        if (!text.EnumerateRunes().All(IsAllowed))
        {
            throw KmsErrors.StsValidation(
                $"1 validation error detected: Value '{text}' at '{path}' failed to satisfy constraint: Member must satisfy regular "
                    + $"expression pattern: [{Allowed}]{repeat}");
        }
    }

    private static bool IsAllowed(Rune rune) => Rune.IsLetter(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber
            or UnicodeCategory.OtherNumber
        || (rune.IsBmp && AllowedSigns.Contains((char)rune.Value, StringComparison.Ordinal));
}
