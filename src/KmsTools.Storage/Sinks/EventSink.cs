using KmsTools.Persistence;

namespace KmsTools.Storage.Sinks;

/// <summary>
/// A second place for events, which has them before the event log: a call whose event is required there is refused without a trace in the
/// log but its refusal. An event that the log then refuses is there nevertheless. Safe for use by many threads.
/// </summary>
internal abstract class EventSink : IDisposable
{
    /// <summary>Opens the place.</summary>
    /// <exception cref="StateStoreException">It is required, and cannot be opened.</exception>
    public static EventSink Open(EventSinkOptions options) => options switch
    {
        { Place.File: { } file } => new DirectSink(options, new FileChannel(file)),
        { IsRequired: true } => new DirectSink(options, new SyslogChannel(options.Place)),

        // A server may be slow, and calls must not wait for it.
        _ => new QueuedSink(options, new SyslogChannel(options.Place)),
    };

    /// <summary>Adds events.</summary>
    /// <param name="events">Each as JSON in UTF-8, on one line; not changed afterwards.</param>
    /// <exception cref="StateStoreException">They are required there, and cannot be written.</exception>
    public abstract void Write(params ReadOnlySpan<ReadOnlyMemory<byte>> events);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Whether an exception says that events cannot be written.</summary>
    protected static bool IsFailure(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or NotSupportedException;
}
