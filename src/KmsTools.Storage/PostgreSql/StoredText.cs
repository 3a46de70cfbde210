using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// Texts as the columns of a database have them: a text of PostgreSQL cannot contain U+0000, which callers may write in descriptions, names
/// and whatever else the API does not restrict. U+0001 is escaped with it, so that nothing else is read in its place. The order of texts in
/// the collation "C" is that of what they stand for.
/// </summary>
internal static class StoredText
{
    private const char Escape = '\u0001';
    private const char Zero = '0';
    private const char One = '1';

    /// <summary>What is stored for a text.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Write(string? text) => text is null || text.AsSpan().IndexOfAny('\0', Escape) < 0
        ? text
        : new StringBuilder(text).Replace($"{Escape}", $"{Escape}{One}").Replace("\0", $"{Escape}{Zero}").ToString();

    /// <summary>The text that is stored. An escape that stands for nothing is itself.</summary>
    public static string Read(string stored)
    {
        if (!stored.Contains(Escape))
        {
            return stored;
        }

        StringBuilder text = new(stored.Length);
        for (int i = 0; i < stored.Length; i++)
        {
            char next = stored[i] == Escape && i + 1 < stored.Length ? stored[i + 1] : default;
            text.Append(next == Zero ? '\0' : stored[i]);
            i += next is Zero or One ? 1 : 0;
        }

        return text.ToString();
    }
}
