using KmsTools.Persistence;

namespace KmsTools.Sqlite;

/// <summary>
/// Commits what many threads add in as few commits as possible. The thread that finds nobody at work leads: it commits at once, on
/// its own. What others add meanwhile waits; the first of them leads next and commits for all of them.
/// </summary>
internal sealed class GroupCommit<T>(Action<IReadOnlyList<T>> commit)
{
    // Going on is cheaper than waking the next leader; but nobody works for the others for ever.
    private const int MostRounds = 8;

    private readonly Lock _gate = new();
    private List<Waiter> _waiting = [];
    private bool _isLed;

    /// <summary>Returns when the item is committed.</summary>
    /// <exception cref="StateStoreException">The commit that the item was part of failed.</exception>
    public void Add(T item)
    {
        Waiter? waiter = null;
        lock (_gate)
        {
            if (_isLed)
            {
                waiter = new Waiter(item);
                _waiting.Add(waiter);
            }

            _isLed = true;
        }

        if (waiter is null)
        {
            LeadAlone(item);
        }
        else if (waiter.Wait())
        {
            LeadGroup(waiter);
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
            LeadOthers();
        }
    }

    /// <summary>Commits for those who have come meanwhile, a few times, then hands over or leaves.</summary>
    private void LeadOthers()
    {
        for (int round = 0; TakeGroup(lead: round < MostRounds) is List<Waiter> group; round++)
        {
            Complete(group, TryCommit(group));
        }
    }

    private void LeadGroup(Waiter leader)
    {
        List<Waiter> group = TakeGroup(lead: true)!;
        group.Remove(leader);
        Exception? failure = TryCommit([leader, .. group]);
        Complete(group, failure);
        LeadOthers();
        if (failure is not null)
        {
            throw new StateStoreException(failure.Message, failure);
        }
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

    private sealed class Waiter(T item)
    {
        private bool _isPromoted;
        private bool _isCompleted;
        private Exception? _failure;

        public T Item { get; } = item;

        /// <summary>True when this thread must lead; false when another has committed for it.</summary>
        public bool Wait()
        {
            lock (this)
            {
                while (!_isPromoted && !_isCompleted)
                {
                    Monitor.Wait(this);
                }
            }

            return _failure is null ? _isPromoted : throw new StateStoreException(_failure.Message, _failure);
        }

        public void Promote()
        {
            lock (this)
            {
                _isPromoted = true;
                Monitor.Pulse(this);
            }
        }

        public void Complete(Exception? failure)
        {
            lock (this)
            {
                _failure = failure;
                _isCompleted = true;
                Monitor.Pulse(this);
            }
        }
    }
}
