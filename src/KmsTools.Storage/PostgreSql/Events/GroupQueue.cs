using KmsTools.Persistence;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>
/// Commits the items of many callers in as few commits as possible, one at a time, where a commit waits for a network: no
/// thread waits with it, unless its own caller does.
/// </summary>
internal sealed class GroupQueue<T> : IDisposable
{
    private readonly Func<IReadOnlyList<T>, bool, ValueTask> _commit;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();

    // All guarded by the gate. Led: a commit is under way, or a group is gathered for one.
    private readonly GroupGathering _gathering = new();
    private List<(T Item, TaskCompletionSource Done)> _waiting = [];
    private bool _isLed;
    private bool _isGathered;
    private bool _isClosed;
    private long _gatheredSince;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="commit">Commits items; without blocking the thread if the second argument says so.</param>
    /// <param name="clock">How long commits take, and groups wait; null for the time of this machine.</param>
    public GroupQueue(Func<IReadOnlyList<T>, bool, ValueTask> commit, TimeProvider? clock = null)
    {
        _commit = commit;
        _clock = clock ?? TimeProvider.System;
        _timer = _clock.CreateTimer(
            static queue => ((GroupQueue<T>)queue!).EndWait(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The number of items that wait for a commit that has not begun.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Adds an item and returns when it is committed.</summary>
    /// <exception cref="StateStoreException">The commit that the item was part of failed.</exception>
    public void Add(T item)
    {
        if (Enqueue(item) is { } waiting)
        {
            waiting.GetAwaiter().GetResult();
            return;
        }

        long start = _clock.GetTimestamp();
        try
        {
            _commit([item], false).AsTask().GetAwaiter().GetResult();
        }
        finally
        {
            // The caller goes on: a thread of the pool commits for the others.
            if (TakeNext(1, start) is { } group)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Queue.LeadAsync(work.Group), (Queue: this, Group: group), false);
            }
        }
    }

    /// <summary>Adds an item; the task completes when it is committed.</summary>
    /// <returns>Fails with <see cref="StateStoreException"/> if the commit that the item was part of failed.</returns>
    public Task AddAsync(T item) => Enqueue(item) ?? LeadAsync(item);

    /// <summary>No group waits any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
        }

        EndWait();
        _timer.Dispose();
    }

    // Null if the caller is to commit the item alone.
    private Task? Enqueue(T item)
    {
        TaskCompletionSource done;
        List<(T Item, TaskCompletionSource Done)>? group;
        lock (_gate)
        {
            int target = _isClosed ? 1 : _gathering.Target;
            if (!_isLed && target == 1)
            {
                _isLed = true;
                return null;
            }

            done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((item, done));
            if (!_isLed)
            {
                _isLed = true;
                Gather();
            }

            group = _isGathered && _waiting.Count >= target ? TakeGathered() : null;
        }

        if (group is not null)
        {
            _ = LeadAsync(group);
        }

        return done.Task;
    }

    private async Task LeadAsync(T item)
    {
        long start = _clock.GetTimestamp();
        try
        {
            await _commit([item], true).ConfigureAwait(false);
        }
        finally
        {
            // The next group is on its way before this caller goes on.
            if (TakeNext(1, start) is { } group)
            {
                _ = LeadAsync(group);
            }
        }
    }

    private async Task LeadAsync(List<(T Item, TaskCompletionSource Done)> first)
    {
        for (List<(T Item, TaskCompletionSource Done)>? group = first; group is not null;)
        {
            long start = _clock.GetTimestamp();
            Exception? failure = null;
            try
            {
                await _commit(group.ConvertAll(static waiter => waiter.Item), true).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            List<(T Item, TaskCompletionSource Done)> done = group;
            group = TakeNext(done.Count, start);
            foreach ((_, TaskCompletionSource waiter) in done)
            {
                Complete(waiter, failure);
            }
        }
    }

    // What is to be committed now that a commit has ended; null if that is nothing yet.
    private List<(T Item, TaskCompletionSource Done)>? TakeNext(int size, long start)
    {
        lock (_gate)
        {
            _gathering.Ended(size, _waiting.Count, _clock.GetElapsedTime(start));
            if (_waiting.Count == 0)
            {
                _isLed = false;
                return null;
            }

            if (_waiting.Count < _gathering.Target && !_isClosed)
            {
                Gather();
                return null;
            }

            return TakeGroup();
        }
    }

    private void Gather()
    {
        _isGathered = true;
        _gatheredSince = _clock.GetTimestamp();
        StartTimer(_gathering.Wait);
    }

    private List<(T Item, TaskCompletionSource Done)> TakeGathered()
    {
        _gathering.Succeeded();
        _isGathered = false;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return TakeGroup();
    }

    // Timers count in milliseconds.
    private void StartTimer(TimeSpan wait) =>
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);

    // Nobody else has come in time.
    private void EndWait()
    {
        List<(T Item, TaskCompletionSource Done)> group;
        lock (_gate)
        {
            if (!_isGathered)
            {
                return;
            }

            // The timer of a group that was sent meanwhile, or an early one.
            TimeSpan left = _gathering.Wait - _clock.GetElapsedTime(_gatheredSince);
            if (left > TimeSpan.Zero && !_isClosed)
            {
                StartTimer(left);
                return;
            }

            _gathering.Failed();
            _isGathered = false;
            group = TakeGroup();
        }

        _ = LeadAsync(group);
    }

    private static void Complete(TaskCompletionSource waiter, Exception? failure)
    {
        if (failure is null)
        {
            waiter.SetResult();
        }
        else
        {
            waiter.SetException(failure is StateStoreException known
                ? new StateStoreException(known.Message, known)
                {
                    LostChanges = known.LostChanges,
                    Damage = known.Damage,
                    Reason = known.Reason,
                    SharedFault = known.SharedFault,
                }
                : failure);
        }
    }

    private List<(T Item, TaskCompletionSource Done)> TakeGroup()
    {
        List<(T Item, TaskCompletionSource Done)> group = _waiting;
        _waiting = [];
        return group;
    }
}
