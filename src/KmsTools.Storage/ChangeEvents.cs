using KmsTools.Auditing;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage;

/// <summary>
/// The events of one transaction. They are saved in it, and appended to the log after the commit, before the call is answered: whenever the
/// process is killed, the change has its events, once.
/// </summary>
internal sealed class ChangeEvents(EventLog log)
{
    private readonly List<byte[]> _records = [];
    private byte[] _events = [];
    private long _number;
    private bool _isAnnounced;
    private bool _isCommitted;

    /// <summary>Adds an event.</summary>
    public void Add(AuditRecord record) => _records.Add(EventCodec.Encode(record, DateTime.UtcNow.Ticks));

    /// <summary>Announces the events to the log, as the last thing before they are saved and the transaction commits.</summary>
    /// <param name="commits">Where they are saved.</param>
    /// <param name="number">The number of the commit.</param>
    /// <returns>What has to be saved with the commit.</returns>
    public OutboxItem Announce(CommitsTable commits, long number)
    {
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

    /// <summary>Notes that the transaction is committed.</summary>
    public void Committed() => _isCommitted = true;

    /// <summary>Appends the events of a committed transaction to the log.</summary>
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

    /// <summary>Forgets the events of a transaction that was not committed.</summary>
    public void Withdraw()
    {
        if (_isAnnounced && !_isCommitted)
        {
            _isAnnounced = false;
            log.Appender.Withdraw(_number);
        }
    }
}
