using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sinks;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>
/// The event log of a store in PostgreSQL: events are rows, in segments whose chains of hashes are those of files. A process appends to two
/// segments of its own: to one in a statement for many calls, to the other in the transactions of changes.
/// </summary>
internal sealed class PostgreSqlEventLog : IEventLog, IChangeLog, IDisposable
{
    private readonly SegmentCatalogue _catalogue;
    private readonly SegmentSettings _settings;
    private readonly EventSink? _sink;
    private readonly CallLane _calls;
    private readonly ChangeLane _changes;
    private readonly RowReader _reader;
    private readonly RowVerifier _verifier;
    private readonly RowRetention _retention;
    private bool _isClosed;

    /// <summary>Opens the log.</summary>
    /// <param name="connections">The connections.</param>
    /// <param name="commits">What is known of commits.</param>
    /// <param name="storeId">The ID of the store.</param>
    /// <param name="mac">Authenticates rows.</param>
    /// <param name="readSettings">Reads what the log keeps.</param>
    /// <param name="sink">A second place for the events of this process; null for none.</param>
    /// <param name="maxSegmentSize">The size in bytes above which a segment is complete.</param>
    /// <exception cref="StateStoreException">The database cannot be used.</exception>
    public PostgreSqlEventLog(
        IEventConnections connections,
        IKnownCommits commits,
        string storeId,
        RowMac mac,
        Func<EventLogSettings> readSettings,
        EventSinkOptions? sink = null,
        long maxSegmentSize = SegmentLimits.MaxSize)
    {
        _catalogue = new SegmentCatalogue(connections, storeId, mac);
        _settings = new SegmentSettings(readSettings, maxSegmentSize);
        _reader = new RowReader(_catalogue, mac);
        _verifier = new RowVerifier(_catalogue, mac, storeId);
        _retention = new RowRetention(_catalogue, mac);
        _changes = new ChangeLane(_catalogue, _settings, mac, Completed);
        _sink = sink is null ? null : EventSink.Open(sink);
        try
        {
            _calls = new CallLane(connections, _catalogue, commits, _settings, mac, Completed);
        }
        catch
        {
            _sink?.Dispose();
            throw;
        }
    }

    public ImmutableArray<EventLogRepair> Repairs => _catalogue.Repairs;

    public Action? SegmentCompleted { get; set; }

    /// <summary>The statements that calls have waited for so far.</summary>
    public long RoundTrips => _calls.RoundTrips;

    public IChangeEvents Begin(StateConnection connection) => new PostgreSqlChangeEvents(_changes, _sink, connection);

    public void SettingsChanged() => _settings.Changed();

    public void Append(AuditRecord record)
    {
        _sink?.Write(record.Json);
        _calls.Append(New(record, null));
    }

    public Task AppendAsync(AuditRecord record)
    {
        _sink?.Write(record.Json);
        return _calls.AppendAsync(New(record, null));
    }

    // The second place gets the event of a call that turns out to be stale only while it is appended: like one that the log refuses.
    public bool TryAppend(AuditRecord record, StateReads reads)
    {
        PendingEvent pending = New(record, reads);
        if (_sink is not null)
        {
            if (_calls.IsStale(pending))
            {
                return false;
            }

            _sink.Write(record.Json);
        }

        _calls.Append(pending);
        return !pending.IsStale;
    }

    public async Task<bool> TryAppendAsync(AuditRecord record, StateReads reads)
    {
        PendingEvent pending = New(record, reads);
        if (_sink is not null)
        {
            if (_calls.IsStale(pending))
            {
                return false;
            }

            _sink.Write(record.Json);
        }

        await _calls.AppendAsync(pending).ConfigureAwait(false);
        return !pending.IsStale;
    }

    public IEnumerable<AuditRecord> Query(EventQuery query) => _reader.Query(query);

    public KeyUse? FindLastUsage(string region, string keyId) => _reader.FindLastUsage(region, keyId);

    public ImmutableArray<EventSegment> ListSegments() => _retention.List();

    public IEnumerable<EventSegmentVerification> Verify(IReadOnlyCollection<EventSegment> heads) => _verifier.Run(heads);

    public ImmutableArray<EventSegment> FindExcess(EventLogSettings settings, DateTimeOffset now) =>
        EventRetention.FindExcess(ListSegments(), settings, now);

    public void Drop(IReadOnlyCollection<EventSegment> segments) => _retention.Drop(segments);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, true))
        {
            return;
        }

        _calls.Dispose();
        try
        {
            _catalogue.ReleaseAll();
        }
        catch (StateStoreException)
        {
            // Another process continues them after a while.
        }

        _sink?.Dispose();
    }

    private static PendingEvent New(AuditRecord record, StateReads? reads) => new(EventCodec.Encode(record, DateTime.UtcNow.Ticks), reads);

    private void Completed() => ThreadPool.UnsafeQueueUserWorkItem(
        static log =>
        {
            try
            {
                log.SegmentCompleted?.Invoke();
            }
            catch (Exception exception) when (exception is StateStoreException or ObjectDisposedException)
            {
                // What is too much is dropped after the next segment.
            }
        },
        this,
        preferLocal: false);
}
