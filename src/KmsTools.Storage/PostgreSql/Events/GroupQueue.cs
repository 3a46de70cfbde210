using KmsTools.Persistence;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>
/// Commits the items of many callers in as few commits as possible, one at a time, where a commit waits for a network: no
/// thread waits with it, unless its own caller does.
/// </summary>
/// <param name="commit">Commits items; without blocking the thread if the second argument says so.</param>
internal sealed class GroupQueue<T>(Func<IReadOnlyList<T>, bool, ValueTask> commit)
{
    private readonly Lock _gate = new();
    private List<(T Item, TaskCompletionSource Done)> _waiting = [];
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
        if (Wait(item) is { } waiting)
        {
            waiting.GetAwaiter().GetResult();
            return;
        }

        try
        {
            commit([item], false).AsTask().GetAwaiter().GetResult();
        }
        finally
        {
            // The caller goes on: a thread of the pool commits for the others.
            if (TakeGroup() is { } group)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Queue.LeadAsync(work.Group), (Queue: this, Group: group), false);
            }
        }
    }

    /// <summary>Adds an item; the task completes when it is committed.</summary>
    /// <returns>Fails with <see cref="StateStoreException"/> if the commit that the item was part of failed.</returns>
    public Task AddAsync(T item) => Wait(item) ?? LeadAsync(item);

    private Task? Wait(T item)
    {
        lock (_gate)
        {
            if (!_isLed)
            {
                _isLed = true;
                return null;
            }

            TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((item, done));
            return done.Task;
        }
    }

    private async Task LeadAsync(T item)
    {
        try
        {
            await commit([item], true).ConfigureAwait(false);
        }
        finally
        {
            // The next group is on its way before this caller goes on.
            if (TakeGroup() is { } group)
            {
                _ = LeadAsync(group);
            }
        }
    }

    private async Task LeadAsync(List<(T Item, TaskCompletionSource Done)> first)
    {
        for (List<(T Item, TaskCompletionSource Done)>? group = first; group is not null;)
        {
            Exception? failure = null;
            try
            {
                await commit(group.ConvertAll(static waiter => waiter.Item), true).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            List<(T Item, TaskCompletionSource Done)> done = group;
            group = TakeGroup();
            foreach ((_, TaskCompletionSource waiter) in done)
            {
                Complete(waiter, failure);
            }
        }
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

    private List<(T Item, TaskCompletionSource Done)>? TakeGroup()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _isLed = false;
                return null;
            }

            List<(T Item, TaskCompletionSource Done)> group = _waiting;
            _waiting = [];
            return group;
        }
    }
}
