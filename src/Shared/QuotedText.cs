using System.Buffers;
using System.Text;

namespace KmsTools.Files;

/// <summary>Texts in single quotes, for commands of PowerShell.</summary>
internal static class QuotedText
{
    // PowerShell takes the typographic ones for the end of a text too.
    private static readonly SearchValues<char> Quotes = SearchValues.Create("'\u2018\u2019\u201A\u201B");

    /// <summary>A text in quotes.</summary>
    public static string Of(string text)
    {
        StringBuilder quoted = new("'", text.Length + 2);
        foreach (char character in text)
        {
            quoted.Append(character, Quotes.Contains(character) ? 2 : 1);
        }

        return quoted.Append('\'').ToString();
    }
}
