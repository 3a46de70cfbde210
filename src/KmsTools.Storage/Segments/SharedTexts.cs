using System.Text;

namespace KmsTools.Storage.Segments;

/// <summary>
/// Keeps texts that many events have in common once: thousands of events are in memory together until they are indexed, and what stays there
/// is copied by the collector while all calls wait. Used by one thread at a time.
/// </summary>
internal sealed class SharedTexts
{
    // Names, Regions and key IDs are far shorter.
    private const int MaxLength = 256;

    private readonly HashSet<string> _texts = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    /// <summary>Begins with none.</summary>
    public SharedTexts() => _lookup = _texts.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The text with these bytes.</summary>
    /// <param name="utf8">Its UTF-8.</param>
    public string Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxLength)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        Span<char> buffer = stackalloc char[MaxLength];
        ReadOnlySpan<char> text = buffer[..Encoding.UTF8.GetChars(utf8, buffer)];
        if (!_lookup.TryGetValue(text, out string? known))
        {
            known = text.ToString();
            _texts.Add(known);
        }

        return known;
    }
}
