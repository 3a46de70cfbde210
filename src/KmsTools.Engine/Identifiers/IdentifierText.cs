using System.Globalization;
using System.Text;

namespace KmsTools.Identifiers;

/// <summary>The messages about a text that is not a valid identifier.</summary>
internal static class IdentifierText
{
    private const int MaxShown = 64;

    /// <summary>The text, the kind of identifier expected, and the expected format, in one sentence.</summary>
    /// <param name="text">The text that was given.</param>
    /// <param name="kind">Such as <c>account ID</c>.</param>
    /// <param name="shape">What a valid one looks like.</param>
    public static string Refusal(string? text, string kind, string shape) => $"'{Shown(text ?? "")}' is not a valid {kind}: {shape}.";

    /// <summary>The exception that is thrown when a default value is used as if it were an identifier.</summary>
    public static InvalidOperationException Missing(string type) => new($"This {type} was never parsed and has no value.");

    // A line feed or a NUL at the end can be the only fault, and would not be visible.
    private static string Shown(string text)
    {
        StringBuilder shown = new();
        foreach (char character in text.AsSpan(0, Math.Min(text.Length, MaxShown)))
        {
            if (IsVisible(character))
            {
                shown.Append(character);
            }
            else
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            }
        }

        return shown.Append(text.Length > MaxShown ? "..." : "").ToString();
    }

    private static bool IsVisible(char character) => char.GetUnicodeCategory(character)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
        && (character == ' ' || !char.IsWhiteSpace(character));
}
