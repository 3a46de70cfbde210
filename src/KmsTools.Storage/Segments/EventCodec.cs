using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using KmsTools.Auditing;

namespace KmsTools.Storage.Segments;

/// <summary>
/// Events as bodies of records: the ticks of the real clock, the time (unix milliseconds) and the number of the commit (8 bytes each,
/// little-endian), flags (1 byte), Region, name, event ID, both key IDs and the error code (UTF-8, each after its length plus one, 7 bits to
/// a byte; 0 for null), and the JSON.
/// </summary>
internal static class EventCodec
{
    private const int TimeAt = sizeof(long);
    private const int CommitAt = 2 * sizeof(long);
    private const int FlagsAt = 3 * sizeof(long);
    private const int StringsAt = FlagsAt + 1;
    private const byte UseFlag = 1;

    /// <summary>The event as a record whose hash and commit are still missing.</summary>
    /// <param name="record">The event.</param>
    /// <param name="recorded">Ticks of the real clock.</param>
    public static byte[] Encode(AuditRecord record, long recorded)
    {
        int size = StringsAt + Size(record.Region) + Size(record.EventName) + Size(record.EventId) + Size(record.KeyId)
            + Size(record.SecondKeyId) + Size(record.ErrorCode) + record.Json.Length;
        byte[] frame = Frame.Create(size);
        Span<byte> body = Frame.Body(frame.AsSpan());
        BinaryPrimitives.WriteInt64LittleEndian(body, recorded);
        BinaryPrimitives.WriteInt64LittleEndian(body[TimeAt..], record.Time.ToUnixTimeMilliseconds());
        body[FlagsAt] = record.IsUse ? UseFlag : (byte)0;
        Span<byte> rest = body[StringsAt..];
        rest = Write(rest, record.Region);
        rest = Write(rest, record.EventName);
        rest = Write(rest, record.EventId);
        rest = Write(rest, record.KeyId);
        rest = Write(rest, record.SecondKeyId);
        rest = Write(rest, record.ErrorCode);
        record.Json.Span.CopyTo(rest);
        return frame;
    }

    /// <summary>Notes the commit that an event belongs to.</summary>
    public static void SetCommit(Span<byte> body, long commit) => BinaryPrimitives.WriteInt64LittleEndian(body[CommitAt..], commit);

    /// <summary>The time of an event in unix milliseconds.</summary>
    public static long ReadTime(ReadOnlySpan<byte> body) => BinaryPrimitives.ReadInt64LittleEndian(body[TimeAt..]);

    /// <summary>The number of the commit that an event belongs to; 0 for none.</summary>
    public static long ReadCommit(ReadOnlySpan<byte> body) => BinaryPrimitives.ReadInt64LittleEndian(body[CommitAt..]);

    /// <summary>Reads what the index has of an event.</summary>
    /// <param name="body">The body of its record.</param>
    /// <param name="segment">The number of its segment.</param>
    /// <param name="offset">Where its record begins there.</param>
    /// <param name="texts">Keeps what many events have in common; null where each is forgotten at once.</param>
    public static EventEntry ReadEntry(ReadOnlySpan<byte> body, int segment, long offset, SharedTexts? texts = null)
    {
        ReadOnlySpan<byte> rest = body[StringsAt..];
        string region = Read(ref rest, texts)!;
        string name = Read(ref rest, texts)!;
        Skip(ref rest);
        return new EventEntry(
            segment,
            offset,
            ReadTime(body),
            BinaryPrimitives.ReadInt64LittleEndian(body),
            ReadCommit(body),
            (body[FlagsAt] & UseFlag) != 0,
            name,
            region,
            Read(ref rest, texts),
            Read(ref rest, texts));
    }

    /// <summary>What tells an event from all others: its commit (0 for none) and its ID.</summary>
    public static (long Commit, string EventId) ReadIdentity(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> rest = body[StringsAt..];
        Skip(ref rest);
        Skip(ref rest);
        return (ReadCommit(body), Read(ref rest)!);
    }

    /// <summary>Reads an event.</summary>
    public static AuditRecord Read(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> rest = body[StringsAt..];
        string region = Read(ref rest)!;
        string name = Read(ref rest)!;
        string eventId = Read(ref rest)!;
        string? keyId = Read(ref rest);
        string? secondKeyId = Read(ref rest);
        string? errorCode = Read(ref rest);
        DateTimeOffset time = DateTimeOffset.FromUnixTimeMilliseconds(ReadTime(body));
        return new AuditRecord(
            eventId, time, name, region, keyId, secondKeyId, errorCode, (body[FlagsAt] & UseFlag) != 0, rest.ToArray());
    }

    /// <summary>The ID of the request of an event, or null.</summary>
    public static string? ReadRequestId(AuditRecord record)
    {
        try
        {
            return ReadRequestId(record.Json.Span);
        }
        catch (JsonException)
        {
            // An event that is no JSON must not keep all others from being indexed.
            return null;
        }
    }

    private static string? ReadRequestId(ReadOnlySpan<byte> text)
    {
        Utf8JsonReader json = new(text);
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 1)
            {
                bool isFound = json.ValueTextEquals("requestID"u8);
                json.Read();
                if (isFound)
                {
                    return json.TokenType == JsonTokenType.String ? json.GetString() : null;
                }

                json.Skip();
            }
        }

        return null;
    }

    private static int Size(string? text)
    {
        int bytes = text is null ? 0 : Encoding.UTF8.GetByteCount(text);
        int size = 1;
        for (int rest = (bytes + 1) >> 7; rest > 0; rest >>= 7)
        {
            size++;
        }

        return bytes + size;
    }

    private static Span<byte> Write(Span<byte> to, string? text)
    {
        int length = text is null ? 0 : Encoding.UTF8.GetByteCount(text) + 1;
        int at = 0;
        for (; length >= 0x80; length >>= 7)
        {
            to[at++] = (byte)((length & 0x7F) | 0x80);
        }

        to[at++] = (byte)length;
        return to[(at + Encoding.UTF8.GetBytes(text, to[at..]))..];
    }

    private static string? Read(ref ReadOnlySpan<byte> from, SharedTexts? texts = null) => TryTake(ref from, out ReadOnlySpan<byte> text)
        ? texts is null ? Encoding.UTF8.GetString(text) : texts.Read(text)
        : null;

    private static void Skip(ref ReadOnlySpan<byte> from) => TryTake(ref from, out _);

    // False for null.
    private static bool TryTake(ref ReadOnlySpan<byte> from, out ReadOnlySpan<byte> text)
    {
        int length = 0;
        int at = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = from[at++];
            length |= (part & 0x7F) << shift;
            if (part < 0x80)
            {
                break;
            }
        }

        text = from.Slice(at, Math.Max(length - 1, 0));
        from = from[(at + text.Length)..];
        return length > 0;
    }
}
