using KmsTools.Persistence;

namespace KmsTools.Sqlite;

/// <summary>
/// Commits what many threads add in as few commits as possible. The thread that finds nobody at work leads: it commits at once, on
/// its own. What others add meanwhile waits; the first of them leads next and commits for all of them.
/// </summary>
internal sealed class GroupCommit<T>(Action<IReadOnlyList<T>> commit)
{
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
            HandOver();
        }
    }

    private void LeadGroup(Waiter leader)
    {
        List<Waiter> group;
        lock (_gate)
        {
            group = _waiting;
            _waiting = [];
        }

        Exception? failure = null;
        try
        {
            commit(group.ConvertAll(static waiter => waiter.Item));
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            // The next leader can commit while this one wakes its followers.
            HandOver();
            foreach (Waiter waiter in group)
            {
                if (waiter != leader)
                {
                    waiter.Complete(failure);
                }
            }
        }
    }

    private void HandOver()
    {
        Waiter? next = null;
        lock (_gate)
        {
            if (_waiting.Count > 0)
            {
                next = _waiting[0];
            }
            else
            {
                _isLed = false;
            }
        }

        next?.Promote();
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
