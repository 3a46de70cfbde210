using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sinks;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage;

/// <summary>The event log of a store: appends to the segment of this process, and reads all segments.</summary>
internal sealed class EventLog : IEventLog, IChangeLog, IDisposable
{
    private readonly EventIndex _index;
    private readonly EventAppender _appender;
    private readonly EventUpkeep _upkeep;
    private readonly EventReader _reader;
    private readonly EventVerifier _verifier;
    private readonly EventRetention _retention;
    private readonly SegmentFolder _segments;
    private readonly Catalogue _named;
    private readonly FileStatus? _catalogue;

    /// <summary>Opens the log, and completes what killed processes left incomplete.</summary>
    /// <param name="folder">The folder of the store.</param>
    /// <param name="segments">The folder of the segments.</param>
    /// <param name="outbox">The events of commits that may be missing in the log.</param>
    /// <param name="sink">A second place for the events of this process; null for none.</param>
    /// <param name="isLost">Whether there was a log, and none is left: what is known of it is noted, and a new one begins.</param>
    /// <param name="maxSegmentSize">The size in bytes above which a segment is complete.</param>
    public EventLog(
        StoreFolder folder,
        SegmentFolder segments,
        IOutbox outbox,
        EventSinkOptions? sink = null,
        bool isLost = false,
        long maxSegmentSize = SegmentLimits.MaxSize)
    {
        _segments = segments;
        segments.Create();
        Catalogue catalogue = _named = new(segments);
        _index = new EventIndex(folder.EventsFile, segments.LockCatalogue);
        SegmentWriter? own = null;
        try
        {
            Sink = sink is null ? null : EventSink.Open(sink);
            SegmentShelf shelf = new(segments, catalogue, _index.FindSegment);
            Array.ForEach(shelf.Reconcile(_index.ListSegments(), isLost), _index.Delete);
            own = shelf.Take();
            _catalogue = FileStatus.Find(segments.CatalogueFile);
            new EventRecovery(segments, catalogue, shelf, outbox).Run(own);
            foreach (EventLogRepair cut in shelf.Repairs.Where(static repair => repair.MissingEvents > 0))
            {
                _index.Delete(cut.Segment);
            }

            EventIndexer indexer = new(segments, catalogue, _index);
            Settings = new EventSettingsCache(outbox.ReadSettings);
            _upkeep = new EventUpkeep(shelf, indexer, outbox, Settings, maxSegmentSize);
            _appender = new EventAppender(own, () => Settings.Read().SyncsEveryGroup, _upkeep.Appended);
            _upkeep.Begin(_appender, own);
            Repairs = [.. shelf.Repairs];
            _reader = new EventReader(segments, _index, indexer);
            _verifier = new EventVerifier(segments, catalogue);
            _retention = new EventRetention(segments, catalogue, _index, indexer);
        }
        catch
        {
            own?.Dispose();
            _index.Dispose();
            Sink?.Dispose();
            throw;
        }
    }

    public ImmutableArray<EventLogRepair> Repairs { get; }

    public Action? SegmentCompleted
    {
        get => _upkeep.SegmentCompleted;
        set => _upkeep.SegmentCompleted = value;
    }

    /// <summary>What the log keeps, and whether it is synced.</summary>
    public EventSettingsCache Settings { get; }

    /// <summary>Says which commits can forget their events.</summary>
    public EventUpkeep Upkeep => _upkeep;

    /// <summary>Takes the events of changes.</summary>
    public EventAppender Appender => _appender;

    /// <summary>A second place for the events of this process, which is to have them first; null for none.</summary>
    public EventSink? Sink { get; }

    /// <summary>
    /// The path of a file of the log that was removed, replaced or cut while this process appends to it, and whether it was cut; null if none
    /// was.
    /// </summary>
    public (string Path, bool IsCut)? FindLostFile()
    {
        if (_appender.FindLost() is { } lost)
        {
            return (_segments.FileOf(lost.Segment), lost.IsCut);
        }

        if (_catalogue is not { } known)
        {
            return null;
        }

        // Known before the look: since then the file can only have grown.
        long length = _named.CertainLength;
        if (FileStatus.Find(_segments.CatalogueFile) is not { } now || !now.IsSame(known))
        {
            return (_segments.CatalogueFile, false);
        }

        return now.Size < length ? (_segments.CatalogueFile, true) : null;
    }

    public IChangeEvents Begin(StateConnection connection) => new ChangeEvents(this, connection.Commits);

    public void SettingsChanged() => Settings.Changed();

    public void Append(AuditRecord record)
    {
        Sink?.Write(record.Json);
        _appender.Append(EventCodec.Encode(record, DateTime.UtcNow.Ticks));
    }

    public Task AppendAsync(AuditRecord record)
    {
        Sink?.Write(record.Json);
        return _appender.AppendAsync(EventCodec.Encode(record, DateTime.UtcNow.Ticks));
    }

    // What calls have read was looked at when they began.
    public bool TryAppend(AuditRecord record, StateReads reads)
    {
        Append(record);
        return true;
    }

    public async Task<bool> TryAppendAsync(AuditRecord record, StateReads reads)
    {
        await AppendAsync(record).ConfigureAwait(false);
        return true;
    }

    public IEnumerable<AuditRecord> Query(EventQuery query)
    {
        _appender.TryAppendOwed();
        return _reader.Query(query);
    }

    public KeyUse? FindLastUsage(string region, string keyId) => _reader.FindLastUsage(region, keyId);

    public ImmutableArray<EventSegment> ListSegments() => _retention.List();

    public IEnumerable<EventSegmentVerification> Verify(IReadOnlyCollection<EventSegment> heads) => _verifier.Run(heads);

    public ImmutableArray<EventSegment> FindExcess(EventLogSettings settings, DateTimeOffset now) => _retention.FindExcess(settings, now);

    public void Drop(IReadOnlyCollection<EventSegment> segments) => _retention.Drop(segments);

    public void Dispose()
    {
        _appender.Close();
        if (_segments.IsDurable)
        {
            _upkeep.Finish();
        }

        _upkeep.Dispose();
        _appender.Dispose();
        _index.Dispose();
        Sink?.Dispose();
    }
}
