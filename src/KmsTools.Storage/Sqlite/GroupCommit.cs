using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// Commits what many threads add in as few commits as possible. The thread that finds nobody at work leads: it commits at once, on
/// its own. What others add meanwhile waits; the first of them leads next and commits for all of them. What is added without waiting
/// for it is committed by a thread of the pool, which comes to it after the calls that are ready to run: they go into the same commit.
/// </summary>
internal sealed class GroupCommit<T>(Action<IReadOnlyList<T>> commit)
{
    // Going on is cheaper than waking the next leader; but nobody works for the others for ever.
    private const int MostRounds = 8;

    // A commit takes some ten microseconds: it is often done before a thread would be asleep, and waking one costs as much again.
    private const int YieldsBeforeSleeping = 4;

    private readonly Lock _gate = new();
    private List<Waiter> _waiting = [];
    private bool _isLed;

    /// <summary>How many wait for a commit that has not begun.</summary>
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

    /// <summary>Returns when the item is committed.</summary>
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
            LeadGroup(MostRounds);
        }

        waiter.ThrowIfFailed();
    }

    /// <summary>Adds an item; the task ends when it is committed.</summary>
    /// <returns>Fails with <see cref="StateStoreException"/> when the commit that the item was part of failed.</returns>
    public Task AddAsync(T item)
    {
        var waiter = new AsyncWaiter(this, item);
        bool leads;
        lock (_gate)
        {
            _waiting.Add(waiter);
            leads = !_isLed;
            _isLed = true;
        }

        if (leads)
        {
            waiter.Promote();
        }

        return waiter.Task;
    }

    private void LeadAlone(T item)
    {
        try
        {
            commit([item]);
        }
        finally
        {
            LeadOthers(MostRounds);
        }
    }

    /// <summary>Commits for those who have come meanwhile, so many times at most, then hands over or leaves.</summary>
    private void LeadOthers(int rounds)
    {
        for (int round = 0; TakeGroup(lead: round < rounds) is List<Waiter> group; round++)
        {
            Complete(group, TryCommit(group));
        }
    }

    /// <summary>Commits for all who wait, of whom the leader is one.</summary>
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

    /// <summary>Who has added an item that is not committed yet.</summary>
    private abstract class Waiter(T item)
    {
        public T Item { get; } = item;

        /// <summary>Has it lead the next commit.</summary>
        public abstract void Promote();

        /// <summary>Tells it that its item is committed, or why not.</summary>
        public abstract void Complete(Exception? failure);

        protected static StateStoreException Explain(Exception failure) => new(failure.Message, failure);
    }

    /// <summary>A thread that waits.</summary>
    private sealed class BlockedWaiter(T item) : Waiter(item)
    {
        private bool _isPromoted;
        private bool _isCompleted;
        private Exception? _failure;

        /// <summary>True when this thread must lead; false when another has committed for it.</summary>
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

    /// <summary>A caller that has given its thread back.</summary>
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

            // Who commits for others does not go on with their calls as well.
            Enqueue();
        }

        public void Execute()
        {
            if (!_isCompleted)
            {
                // Whoever comes next leads behind the calls that are ready by then: many small commits would cost more.
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
