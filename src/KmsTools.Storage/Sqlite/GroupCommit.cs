using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// Commits the items of many threads in as few commits as possible. A caller that finds no commit in progress leads: it commits
/// immediately, on its own thread, whether it waits or not. Items that others add in the meantime wait; the first of these callers leads next
/// and commits for all of them.
/// </summary>
internal sealed class GroupCommit<T>(Action<IReadOnlyList<T>> commit)
{
    // Continuing is cheaper than waking the next leader; but no thread commits for the others forever.
    private const int MaxRounds = 8;

    // A commit takes a few microseconds: it is complete before a thread would be asleep, and waking one costs more.
    private const int YieldsBeforeSleeping = 16;

    private readonly Lock _gate = new();
    private List<Waiter> _waiting = [];
    private bool _isLed;

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
        BlockedWaiter? waiter = null;
        lock (_gate)
        {
            if (_isLed)
            {
                waiter = new BlockedWaiter(item);
                _waiting.Add(waiter);
            }

            _isLed = true;
        }

        if (waiter is null)
        {
            LeadAlone(item);
            return;
        }

        if (waiter.Wait())
        {
            LeadGroup(MaxRounds);
        }

        waiter.ThrowIfFailed();
    }

    /// <summary>Adds an item; the task completes when it is committed.</summary>
    /// <returns>Fails with <see cref="StateStoreException"/> if the commit that the item was part of failed.</returns>
    public Task AddAsync(T item)
    {
        AsyncWaiter? waiter = null;
        lock (_gate)
        {
            if (_isLed)
            {
                waiter = new AsyncWaiter(this, item);
                _waiting.Add(waiter);
            }

            _isLed = true;
        }

        return waiter?.Task ?? LeadAloneAsync(item);
    }

    private Task LeadAloneAsync(T item)
    {
        try
        {
            LeadAlone(item);
            return Task.CompletedTask;
        }
        catch (Exception exception)
        {
            return Task.FromException(exception);
        }
    }

    private void LeadAlone(T item)
    {
        try
        {
            commit([item]);
        }
        finally
        {
            LeadOthers(MaxRounds);
        }
    }

    /// <summary>Commits the items added in the meantime, a limited number of times, then hands over or stops.</summary>
    private void LeadOthers(int rounds)
    {
        for (int round = 0; TakeGroup(lead: round < rounds) is List<Waiter> group; round++)
        {
            Complete(group, TryCommit(group));
        }
    }

    /// <summary>Commits all waiting items, including that of the leader.</summary>
    private void LeadGroup(int moreRounds)
    {
        List<Waiter> group = TakeGroup(lead: true)!;
        Complete(group, TryCommit(group));
        LeadOthers(moreRounds);
    }

    private Exception? TryCommit(List<Waiter> group)
    {
        try
        {
            commit(group.ConvertAll(static waiter => waiter.Item));
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private static void Complete(List<Waiter> group, Exception? failure)
    {
        foreach (Waiter waiter in group)
        {
            waiter.Complete(failure);
        }
    }

    private List<Waiter>? TakeGroup(bool lead)
    {
        Waiter next;
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _isLed = false;
                return null;
            }

            if (lead)
            {
                List<Waiter> group = _waiting;
                _waiting = [];
                return group;
            }

            next = _waiting[0];
        }

        next.Promote();
        return null;
    }

    /// <summary>The caller that has added an item that is not committed yet.</summary>
    private abstract class Waiter(T item)
    {
        public T Item { get; } = item;

        /// <summary>Lets it lead the next commit.</summary>
        public abstract void Promote();

        /// <summary>Reports that its item is committed, or why not.</summary>
        public abstract void Complete(Exception? failure);

        protected static StateStoreException Explain(Exception failure) => new(failure.Message, failure);
    }

    /// <summary>A waiting thread.</summary>
    private sealed class BlockedWaiter(T item) : Waiter(item)
    {
        private bool _isPromoted;
        private bool _isCompleted;
        private Exception? _failure;

        /// <summary>True if this thread must lead; false if another has committed for it.</summary>
        public bool Wait()
        {
            for (int i = 0; i < YieldsBeforeSleeping && !Volatile.Read(ref _isPromoted) && !Volatile.Read(ref _isCompleted); i++)
            {
                Thread.Yield();
            }

            lock (this)
            {
                while (!_isPromoted && !_isCompleted)
                {
                    Monitor.Wait(this);
                }
            }

            return !_isCompleted;
        }

        public void ThrowIfFailed()
        {
            if (_failure is not null)
            {
                throw Explain(_failure);
            }
        }

        public override void Promote()
        {
            lock (this)
            {
                _isPromoted = true;
                Monitor.Pulse(this);
            }
        }

        public override void Complete(Exception? failure)
        {
            lock (this)
            {
                _failure = failure;
                _isCompleted = true;
                Monitor.Pulse(this);
            }
        }
    }

    /// <summary>An asynchronous caller, which does not block its thread.</summary>
    private sealed class AsyncWaiter(GroupCommit<T> group, T item) : Waiter(item), IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource _committed = new();
        private bool _isCompleted;
        private Exception? _failure;

        public Task Task => _committed.Task;

        public override void Promote() => Enqueue();

        public override void Complete(Exception? failure)
        {
            _failure = failure;
            _isCompleted = true;

            // The thread that commits for others does not run their continuations as well.
            Enqueue();
        }

        public void Execute()
        {
            if (!_isCompleted)
            {
                // The next caller leads after the calls that are ready by then: many small commits would cost more.
                group.LeadGroup(moreRounds: 0);
            }
            else if (_failure is null)
            {
                _committed.SetResult();
            }
            else
            {
                _committed.SetException(Explain(_failure));
            }
        }

        // The queue of a thread is last in, first out, and would let the oldest call starve.
        private void Enqueue() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }
}
