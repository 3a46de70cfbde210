using KmsTools.Auditing;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage;

/// <summary>
/// The events of one transaction. They are saved in it, and appended to the log after the commit, before the call is answered: whenever the
/// process is killed, the change has its events, once.
/// </summary>
internal sealed class ChangeEvents(EventLog log, CommitsTable commits) : IChangeEvents
{
    private readonly List<byte[]> _records = [];
    private List<ReadOnlyMemory<byte>>? _lines;
    private byte[] _events = [];
    private long _number;
    private bool _isAnnounced;
    private bool _isCommitted;

    public void Add(AuditRecord record)
    {
        _records.Add(EventCodec.Encode(record, DateTime.UtcNow.Ticks));
        if (log.Sink is not null)
        {
            (_lines ??= []).Add(record.Json);
        }
    }

    // Announced to the log before they are saved and the transaction commits.
    public OutboxItem? Announce(long number)
    {
        // Before the commit: where they are required there, nothing changes without them.
        if (_lines is not null)
        {
            log.Sink!.Write([.. _lines]);
        }

        if (log.Upkeep.TakeForgettable() is (int done, long last))
        {
            commits.DeleteOld(done, last);
        }

        _number = number;
        foreach (byte[] record in _records)
        {
            EventCodec.SetCommit(Frame.Body(record.AsSpan()), _number);
        }

        _events = _records.Count == 1 ? _records[0] : Join();
        (int segment, long length) = log.Appender.Announce(_number);
        _isAnnounced = true;
        return new OutboxItem(_number, segment, length, _events);
    }

    public void Committed() => _isCommitted = true;

    // After the commit.
    public void Publish()
    {
        log.Appender.Publish(_number, _events);
        log.Upkeep.Published();
    }

    private byte[] Join()
    {
        byte[] all = new byte[_records.Sum(static record => record.Length)];
        int length = 0;
        foreach (byte[] record in _records)
        {
            record.CopyTo(all, length);
            length += record.Length;
        }

        return all;
    }

    public void Withdraw()
    {
        if (_isAnnounced && !_isCommitted)
        {
            _isAnnounced = false;
            log.Appender.Withdraw(_number);
        }
    }
}
