using System.Globalization;
using System.Text;

namespace KmsTools;

// Text that others have written: descriptions, tags, user agents, encryption contexts. It must not control the terminal that shows it.
public static partial class Views
{
    private const int MaxExcerpt = 120;

    /// <summary>
    /// Text on one line: characters that control terminals, or the direction of writing, are shown as <c>\u001B</c>.
    /// </summary>
    /// <param name="text">The text, or null.</param>
    public static string Text(string? text) => Escape(text, static _ => false);

    /// <summary>The beginning of a long text on one line, for a table whose rows show all of what names things.</summary>
    /// <param name="text">The text, or null.</param>
    public static string Excerpt(string? text) => Text(text is { Length: > MaxExcerpt } ? text[..(MaxExcerpt - 1)] + "…" : text);

    /// <summary>Text of several lines, such as a policy: as <see cref="Text"/>, except that lines and tabs stay.</summary>
    /// <param name="text">The text, or null.</param>
    public static string Document(string? text) => Escape(text, static character => character is '\n' or '\t');

    private static string Escape(string? text, Func<char, bool> isKept)
    {
        if (text is null || !text.Any(IsControl))
        {
            return text ?? "";
        }

        StringBuilder shown = new(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            bool isLineEnd = text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n';
            if (!IsControl(text[i]) || isKept(text[i]) || (isLineEnd && isKept('\n')))
            {
                shown.Append(text[i]);
            }
            else
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:X4}");
            }
        }

        return shown.ToString();
    }

    // C0, C1 and DEL, the ends of lines of Unicode, and what embeds, overrides and isolates directions.
    private static bool IsControl(char character) => char.IsControl(character)
        || character is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
