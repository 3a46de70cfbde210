using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KmsTools.Auditing;

/// <summary>The buffer in which a thread writes an event; kept for its next one.</summary>
internal sealed class EventBuffer
{
    private const int FirstSize = 2048;
    private const int MaxKept = 32 * 1024;

    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    [ThreadStatic]
    private static EventBuffer? t_kept;

    private readonly ArrayBufferWriter<byte> _bytes = new(FirstSize);

    private EventBuffer() => Writer = new Utf8JsonWriter(_bytes, Options);

    /// <summary>Writes the event.</summary>
    public Utf8JsonWriter Writer { get; }

    /// <summary>An empty buffer.</summary>
    public static EventBuffer Take()
    {
        EventBuffer buffer = t_kept ?? new EventBuffer();

        // The buffer of an event that cannot be finished is not used again.
        t_kept = null;
        return buffer;
    }

    /// <summary>The event. The buffer must not be used any more.</summary>
    public byte[] Finish()
    {
        Writer.Flush();
        byte[] json = _bytes.WrittenSpan.ToArray();
        if (_bytes.Capacity <= MaxKept)
        {
            // One oversized request must not burden its thread forever.
            _bytes.ResetWrittenCount();
            Writer.Reset(_bytes);
            t_kept = this;
        }

        return json;
    }
}
