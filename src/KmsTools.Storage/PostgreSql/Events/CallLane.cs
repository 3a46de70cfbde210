using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>
/// Appends the events of calls to a segment of this process, in groups: those that come while one group is on its way to the database are the
/// next. A group is one round trip, which also finds out whether what its calls have read is outdated.
/// </summary>
internal sealed class CallLane : IDisposable
{
    // One statement has all of a group in memory twice.
    private const int MaxGroup = 512;
    private const int MaxGroupSize = 8 << 20;

    // Each round more of what others have committed is known, and fewer calls are left.
    private const int MaxRounds = 100;

    private static readonly TimeSpan s_closeLimit = TimeSpan.FromSeconds(5);

    private readonly IEventConnections _connections;
    private readonly SegmentCatalogue _catalogue;
    private readonly IKnownCommits _commits;
    private readonly SegmentSettings _settings;
    private readonly Action _completed;
    private readonly RowAuthenticator _rows;
    private readonly GroupQueue<PendingEvent> _queue;
    private readonly SemaphoreSlim _appending = new(1);

    // All of these are guarded by the semaphore. The segment is null when it is not known how it is.
    private AppendStatement? _statement;
    private SegmentRow? _segment;
    private long _completeAfter;
    private bool _isClosed;

    /// <summary>Begins to append.</summary>
    /// <param name="connections">The connections.</param>
    /// <param name="catalogue">Where segments come from.</param>
    /// <param name="commits">What is known of commits.</param>
    /// <param name="settings">When a segment is complete.</param>
    /// <param name="mac">Authenticates the catalogue.</param>
    /// <param name="completed">Called when a segment is complete.</param>
    public CallLane(
        IEventConnections connections,
        SegmentCatalogue catalogue,
        IKnownCommits commits,
        SegmentSettings settings,
        RowMac mac,
        Action completed)
    {
        _connections = connections;
        _catalogue = catalogue;
        _commits = commits;
        _settings = settings;
        _completed = completed;
        _rows = new RowAuthenticator(mac);
        _queue = new GroupQueue<PendingEvent>(AppendAsync);
        _segment = catalogue.Take(SegmentRow.CallLane, settings.MaxSize);
    }

    /// <summary>The number of statements that were sent, for measurements.</summary>
    public long RoundTrips { get; private set; }

    /// <summary>Appends an event and returns when it is committed, or its call is stale.</summary>
    /// <exception cref="StateStoreException">Whether it is committed is not known.</exception>
    public void Append(PendingEvent pending) => _queue.Add(pending);

    /// <summary>Like <see cref="Append"/>, without blocking a thread.</summary>
    public Task AppendAsync(PendingEvent pending) => _queue.AddAsync(pending);

    /// <summary>Whether what the call of an event has read is outdated, as far as is known; notes it.</summary>
    public bool IsStale(PendingEvent pending) => pending.IsStale = pending.Reads is { } reads && _commits.IsStale(reads);

    public void Dispose()
    {
        _queue.Dispose();
        if (!_appending.Wait(s_closeLimit))
        {
            return;
        }

        try
        {
            _isClosed = true;
            _statement?.Dispose();
            _statement = null;
        }
        finally
        {
            _appending.Release();
        }
    }

    private async ValueTask AppendAsync(IReadOnlyList<PendingEvent> group, bool isAsync)
    {
        // Only closing contends for it.
        if (isAsync)
        {
            await _appending.WaitAsync().ConfigureAwait(false);
        }
        else
        {
            _appending.Wait();
        }

        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(PostgreSqlEventLog));
            for (int at = 0; at < group.Count;)
            {
                List<PendingEvent> part = [];
                for (long size = 0; at < group.Count && part.Count < MaxGroup && (size == 0 || size < MaxGroupSize); at++)
                {
                    part.Add(group[at]);
                    size += group[at].Frame.Length;
                }

                await AppendPartAsync(part, isAsync).ConfigureAwait(false);
            }

            _settings.Follow();
        }
        finally
        {
            _appending.Release();
        }
    }

    private async ValueTask AppendPartAsync(List<PendingEvent> part, bool isAsync)
    {
        for (int round = 0; round < MaxRounds; round++)
        {
            _statement ??= await OpenAsync(isAsync).ConfigureAwait(false);
            SegmentRow before = _segment ??= _catalogue.Take(SegmentRow.CallLane, _settings.MaxSize);

            // In this order: what becomes known in between is looked at twice.
            KnownCommits known = _commits.Look();
            part.RemoveAll(IsStale);
            if (part.Count == 0)
            {
                return;
            }

            AppendOutcome outcome = await RunAsync(before, part, known, isAsync).ConfigureAwait(false);
            if (outcome.News.Changes.Number != known.Newest.Number || outcome.News.IsReplaced)
            {
                _commits.Learn(outcome.News);
            }

            if (outcome.IsAppended)
            {
                TryComplete();
                return;
            }

            if (!outcome.IsStale)
            {
                _segment = null;
            }
        }

        throw new StateStoreException("The event log is busy: other processes change what this one reads all the time. Try again.");
    }

    private async ValueTask<AppendStatement> OpenAsync(bool isAsync)
    {
        for (bool isRetried = false; ; isRetried = true)
        {
            AppendStatement statement = new(isAsync ? await _connections.OpenAsync().ConfigureAwait(false) : _connections.Open());
            try
            {
                await statement.PrepareAsync(isAsync).ConfigureAwait(false);
                return statement;
            }
            catch (Exception exception)
            {
                statement.Dispose();
                if (!_connections.IsFault(exception))
                {
                    throw;
                }

                // A connection that was not in use may be dead.
                if (isRetried || !_connections.IsLost(exception))
                {
                    throw _connections.Explain(exception);
                }
            }
        }
    }

    private async ValueTask<AppendOutcome> RunAsync(SegmentRow before, List<PendingEvent> part, KnownCommits known, bool isAsync)
    {
        HashSet<StateItem> items = [];
        List<byte[]> frames = new(part.Count);
        foreach (PendingEvent pending in part)
        {
            frames.Add(pending.Frame);
            if (pending.Reads is { } reads)
            {
                items.UnionWith(reads.Items);
            }
        }

        ChainedEvent[] events = before.Chain(frames);
        SegmentRow after = before.With(events, _catalogue.Now);
        byte[] mac = after.Mac(_rows);
        for (bool isRetried = false; ; isRetried = true)
        {
            // Until it is known how it is.
            _segment = null;
            try
            {
                RoundTrips++;
                AppendOutcome outcome = await _statement!.RunAsync(before, after, mac, events, items, known, isAsync).ConfigureAwait(false);
                _segment = outcome.IsAppended ? after : before;
                return outcome;
            }
            catch (Exception exception)
            {
                _statement!.Dispose();
                _statement = null;
                if (!_connections.IsFault(exception))
                {
                    throw;
                }

                // The head of the segment says whether the events got there before the connection was lost.
                byte[]? head = _connections.IsLost(exception) && !isRetried ? _catalogue.Find(before.Number)?.Head : null;
                if (after.Head.AsSpan().SequenceEqual(head))
                {
                    _segment = after;
                    return new AppendOutcome(
                        true, false, new CommitNews(known.Newest, false, new StateChanges(known.Newest.Number, IsComplete: true, [])));
                }

                if (!before.Head.AsSpan().SequenceEqual(head))
                {
                    throw _connections.Explain(exception);
                }
            }

            _statement = await OpenAsync(isAsync).ConfigureAwait(false);
        }
    }

    // Tried again later if it fails.
    private void TryComplete()
    {
        SegmentRow segment = _segment!;
        if (!_settings.IsFull(segment) || segment.Size < _completeAfter)
        {
            return;
        }

        _completeAfter = segment.Size + SegmentLimits.RetryAfter(_settings.MaxSize);
        try
        {
            bool isSealed = _catalogue.TrySeal(segment);
            _segment = null;
            _completeAfter = 0;
            if (isSealed)
            {
                _completed();
            }
        }
        catch (StateStoreException)
        {
            _segment = null;
        }
    }
}
