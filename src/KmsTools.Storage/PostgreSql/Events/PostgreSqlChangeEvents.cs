using KmsTools.Auditing;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sinks;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>The events of one transaction, which are rows of it.</summary>
/// <param name="lane">Where they are appended.</param>
/// <param name="sink">A second place for them; null for none.</param>
/// <param name="connection">The connection of the transaction.</param>
internal sealed class PostgreSqlChangeEvents(ChangeLane lane, EventSink? sink, StateConnection connection) : IChangeEvents
{
    private readonly List<byte[]> _frames = [];
    private readonly List<ReadOnlyMemory<byte>> _lines = [];
    private SegmentRow? _saved;

    public void Add(AuditRecord record)
    {
        _frames.Add(EventCodec.Encode(record, DateTime.UtcNow.Ticks));
        if (sink is not null)
        {
            _lines.Add(record.Json);
        }
    }

    public OutboxItem? Announce(long number)
    {
        // Before the commit: where they are required there, nothing changes without them.
        sink?.Write([.. _lines]);
        foreach (byte[] frame in _frames)
        {
            EventCodec.SetCommit(Frame.Body(frame.AsSpan()), number);
        }

        _saved = lane.Save(connection, _frames);
        return null;
    }

    public void Committed() => lane.Committed(_saved!);

    // They are committed with the change.
    public void Publish()
    {
    }

    // How the segment is, is looked up before the next change: whether a commit whose answer was lost was made is not known here.
    public void Withdraw()
    {
    }
}
