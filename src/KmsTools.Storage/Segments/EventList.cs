using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Storage.Segments;

/// <summary>
/// Where events are in a segment, in the order of their positions, in few bytes: the number of different pairs of name and Region, and the
/// pairs (each text after its length); for each event the number of its pair, and what time, ticks of the real clock and offset differ from
/// those of the event before; then the first 8 bytes of the SHA-256 hash of all that. Numbers have 7 bits to a byte, the lowest first;
/// differences have their sign in the lowest bit.
/// </summary>
internal static class EventList
{
    private const int DigestSize = 8;
    private const int MaxNumberSize = 10;

    /// <summary>The lists of a block: of all its events, of those with each name, and of those about each key.</summary>
    /// <param name="entries">The events of the block, in the order of the segment. They are sorted.</param>
    /// <returns>The lists in the order of their table, so that a page of it is written once for many.</returns>
    public static IEnumerable<(EventListName Name, EventBlock Block, byte[] Events)> ListBlock(EventEntry[] entries)
    {
        long offset = entries[0].Offset;
        Array.Sort(entries, static (left, right) => left.Position.CompareTo(right.Position));
        Dictionary<EventListName, List<EventEntry>> lists = new() { [EventListName.All] = [.. entries] };
        foreach (EventEntry entry in entries)
        {
            Add(EventListName.OfName(entry.Name), entry);
            foreach (string keyId in entry.KeyIds)
            {
                Add(EventListName.OfKey(keyId), entry);
            }
        }

        return lists.OrderBy(static list => list.Key.Kind).ThenBy(static list => list.Key.Term, StringComparer.Ordinal).Select(list =>
            (list.Key, new EventBlock(list.Value[0].Segment, offset, list.Value[0].Time, list.Value[^1].Time), Encode(list.Value)));

        void Add(EventListName name, EventEntry entry)
        {
            if (!lists.TryGetValue(name, out List<EventEntry>? list))
            {
                lists.Add(name, list = []);
            }

            list.Add(entry);
        }
    }

    /// <summary>Writes a list.</summary>
    /// <param name="entries">The events of one segment, in the order of their positions.</param>
    public static byte[] Encode(IReadOnlyList<EventEntry> entries)
    {
        List<(string Name, string Region)> pairs = [];
        ArrayBufferWriter<byte> events = new(Math.Max(64, entries.Count * 8));
        EventPosition before = default;
        int pair = -1;
        foreach (EventEntry entry in entries)
        {
            if (pair < 0 || pairs[pair] != (entry.Name, entry.Region))
            {
                pair = pairs.IndexOf((entry.Name, entry.Region));
                if (pair < 0)
                {
                    pair = pairs.Count;
                    pairs.Add((entry.Name, entry.Region));
                }
            }

            Write(events, (ulong)pair);
            WriteDifference(events, entry.Time, before.Time);
            WriteDifference(events, entry.Recorded, before.Recorded);
            WriteDifference(events, entry.Offset, before.Offset);
            before = entry.Position;
        }

        ArrayBufferWriter<byte> list = new(events.WrittenCount + 64);
        Write(list, (ulong)pairs.Count);
        foreach ((string name, string region) in pairs)
        {
            Write(list, name);
            Write(list, region);
        }

        list.Write(events.WrittenSpan);
        list.Write(Digest(list.WrittenSpan, stackalloc byte[DigestSize]));
        return list.WrittenSpan.ToArray();
    }

    /// <summary>Reads the events of a list that a query looks for.</summary>
    /// <param name="list">The list.</param>
    /// <param name="segment">The number of the segment.</param>
    /// <param name="end">The offset in the segment before which events are.</param>
    /// <param name="search">What is looked for.</param>
    /// <exception cref="InvalidDataException">The list is not what was written.</exception>
    public static List<EventPosition> Decode(ReadOnlySpan<byte> list, int segment, long end, EventSearch search)
    {
        if (list.Length < DigestSize
            || !Digest(list[..^DigestSize], stackalloc byte[DigestSize]).SequenceEqual(list[^DigestSize..]))
        {
            throw new InvalidDataException("A list of events is damaged.");
        }

        ReadOnlySpan<byte> rest = list[..^DigestSize];
        bool[] isWanted = new bool[Read(ref rest)];
        for (int pair = 0; pair < isWanted.Length; pair++)
        {
            string name = ReadText(ref rest);
            isWanted[pair] = search.Matches(name, ReadText(ref rest));
        }

        List<EventPosition> found = [];
        long time = 0, recorded = 0, offset = 0;
        while (!rest.IsEmpty)
        {
            ulong pair = Read(ref rest);
            time += ReadDifference(ref rest);
            recorded += ReadDifference(ref rest);
            offset += ReadDifference(ref rest);
            if (isWanted[pair] && offset < end && search.IsInTime(time))
            {
                found.Add(new EventPosition(time, recorded, segment, offset));
            }
        }

        return found;
    }

    private static Span<byte> Digest(ReadOnlySpan<byte> bytes, Span<byte> digest)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        hash[..DigestSize].CopyTo(digest);
        return digest;
    }

    private static void WriteDifference(ArrayBufferWriter<byte> to, long value, long before)
    {
        long difference = value - before;
        Write(to, unchecked((ulong)((difference << 1) ^ (difference >> 63))));
    }

    private static void Write(ArrayBufferWriter<byte> to, string text)
    {
        Write(to, (ulong)Encoding.UTF8.GetByteCount(text));
        to.Advance(Encoding.UTF8.GetBytes(text, to.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
    }

    private static void Write(ArrayBufferWriter<byte> to, ulong number)
    {
        Span<byte> span = to.GetSpan(MaxNumberSize);
        int size = 0;
        for (; number >= 0x80; number >>= 7)
        {
            span[size++] = (byte)((number & 0x7F) | 0x80);
        }

        span[size++] = (byte)number;
        to.Advance(size);
    }

    private static string ReadText(ref ReadOnlySpan<byte> from)
    {
        int length = (int)Read(ref from);
        string text = Encoding.UTF8.GetString(from[..length]);
        from = from[length..];
        return text;
    }

    private static long ReadDifference(ref ReadOnlySpan<byte> from)
    {
        ulong number = Read(ref from);
        return (long)(number >> 1) ^ -(long)(number & 1);
    }

    private static ulong Read(ref ReadOnlySpan<byte> from)
    {
        ulong number = 0;
        for (int at = 0, shift = 0; ; shift += 7)
        {
            byte part = from[at++];
            number |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                from = from[at..];
                return number;
            }
        }
    }
}
