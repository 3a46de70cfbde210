using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace KmsTools.Storage.Sinks;

/// <summary>
/// Events as messages of syslog: RFC 5424 over a network, and the form of the syslog of C at a local socket, which is expected there. The
/// message is the JSON of the event, without a byte order mark, so that parsers of JSON take it as it is.
/// </summary>
internal static class SyslogMessage
{
    /// <summary>The size of a message in bytes: rsyslog cuts longer ones off by default.</summary>
    public const int MaxSize = 8000;

    private const string Program = "kmstools";

    // Facility authpriv (10), which only administrators can read on most systems. A notice is an event with an error.
    private const int Notice = (10 * 8) + 5;
    private const int Informational = (10 * 8) + 6;
    private const int MaxMessageId = 32;
    private const int MaxHostName = 255;

    private static readonly string HostName = Printable(Dns.GetHostName(), MaxHostName);

    /// <summary>Adds the message of an event to a buffer.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="json">The event, as JSON in UTF-8, on one line.</param>
    /// <param name="isLocal">Whether it is for a local socket.</param>
    /// <param name="now">The time of the message (UTC).</param>
    public static void Write(ArrayBufferWriter<byte> buffer, ReadOnlyMemory<byte> json, bool isLocal, DateTime now)
    {
        byte[] header = Encoding.UTF8.GetBytes(isLocal ? LocalHeader(json.Span, now) : Header(json.Span, now));
        ReadOnlyMemory<byte> fitting = header.Length + json.Length <= MaxSize ? json : Shorten(json, MaxSize - header.Length);
        if (!isLocal)
        {
            // Octet counting (RFC 6587), because the line feed of the other framing would need care.
            buffer.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{header.Length + fitting.Length} ")));
        }

        buffer.Write(header);
        buffer.Write(fitting.Span);
    }

    private static string Header(ReadOnlySpan<byte> json, DateTime now) => string.Create(
        CultureInfo.InvariantCulture,
        $"<{Priority(json)}>1 {now:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {HostName} {Program} {Environment.ProcessId} {MessageId(json)} - ");

    private static string LocalHeader(ReadOnlySpan<byte> json, DateTime now)
    {
        DateTime local = now.ToLocalTime();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"<{Priority(json)}>{local:MMM} {local.Day,2} {local:HH:mm:ss} {Program}[{Environment.ProcessId}]: ");
    }

    // Within text a quotation mark has a backslash before it, so this is a member.
    private static int Priority(ReadOnlySpan<byte> json) => json.IndexOf("\"errorCode\":\""u8) >= 0 ? Notice : Informational;

    private static string MessageId(ReadOnlySpan<byte> json)
    {
        int begin = json.IndexOf("\"eventName\":\""u8);
        ReadOnlySpan<byte> rest = begin < 0 ? [] : json[(begin + "\"eventName\":\"".Length)..];
        int end = rest.IndexOf((byte)'"');
        return Printable(Encoding.UTF8.GetString(end < 0 ? [] : rest[..end]), MaxMessageId);
    }

    // What the header of RFC 5424 takes; a hyphen stands for nothing.
    private static string Printable(string text, int max)
    {
        string printable = string.Concat(text.Where(static character => character is > ' ' and <= '~').Take(max));
        return printable.Length == 0 ? "-" : printable;
    }

    // As CloudTrail omits what is too large: the largest members, until the rest fits.
    private static ReadOnlyMemory<byte> Shorten(ReadOnlyMemory<byte> json, int max)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonProperty[] members = [.. document.RootElement.EnumerateObject()];
        Queue<string> largest = new(members.OrderByDescending(static member => member.Value.GetRawText().Length)
            .Select(static member => member.Name));
        HashSet<string> omitted = [];
        ArrayBufferWriter<byte> shorter = new(max);
        do
        {
            omitted.Add(largest.Dequeue());
            shorter.ResetWrittenCount();
            using Utf8JsonWriter writer = new(shorter);
            writer.WriteStartObject();
            foreach (JsonProperty member in members)
            {
                writer.WritePropertyName(member.Name);
                Write(writer, member, omitted.Contains(member.Name));
            }

            writer.WriteEndObject();
        }
        while (shorter.WrittenCount > max && largest.Count > 0);
        return shorter.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter writer, JsonProperty member, bool isOmitted)
    {
        string text = member.Value.GetRawText();
        if (!isOmitted)
        {
            writer.WriteRawValue(text, skipInputValidation: true);
            return;
        }

        writer.WriteStartObject();
        writer.WriteBoolean("omitted", true);
        writer.WriteNumber("originalSize", Encoding.UTF8.GetByteCount(text));
        writer.WriteString("reason", member.Name + " too large");
        writer.WriteEndObject();
    }
}
