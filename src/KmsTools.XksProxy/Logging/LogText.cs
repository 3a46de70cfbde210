using System.Globalization;
using System.Text;

namespace KmsTools.XksProxy.Logging;

/// <summary>Texts that callers choose, made fit for a log.</summary>
internal static class LogText
{
    private const int MaxLength = 2048;

    /// <summary>The text without what could break a line or deceive a reader, and no longer than 2,048 characters.</summary>
    public static string? Clean(string? text)
    {
        if (text is null || (text.Length <= MaxLength && IsPlain(text)))
        {
            return text;
        }

        StringBuilder clean = new(Math.Min(text.Length, MaxLength));
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > MaxLength)
            {
                break;
            }

            _ = clean.Append(IsDeceptive(rune) ? "?" : rune.ToString());
        }

        return clean.ToString();
    }

    private static bool IsPlain(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static bool IsDeceptive(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned;
}
