using KmsTools.Persistence;

namespace KmsTools.Storage;

/// <summary>
/// One sync for all callers that ask for one before it begins. A caller that finds none in progress makes it immediately, on its own thread.
/// Those that come in the meantime wait for the next, which a thread of the pool makes for all of them.
/// </summary>
/// <param name="sync">Makes what was written before the call durable.</param>
internal sealed class SharedSync(Action sync)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _next;
    private bool _isRunning;

    /// <summary>Completes when a sync that began after this call has ended.</summary>
    /// <returns>Fails with <see cref="StateStoreException"/> if that sync failed.</returns>
    public Task RunAsync()
    {
        lock (_gate)
        {
            if (_isRunning)
            {
                _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _next.Task;
            }

            _isRunning = true;
        }

        try
        {
            sync();
            return Task.CompletedTask;
        }
        catch (StateStoreException exception)
        {
            return Task.FromException(exception);
        }
        finally
        {
            if (IsAnyoneWaiting())
            {
                ThreadPool.UnsafeQueueUserWorkItem(static shared => shared.RunForOthers(), this, preferLocal: false);
            }
        }
    }

    private void RunForOthers()
    {
        do
        {
            TaskCompletionSource waiting;
            lock (_gate)
            {
                waiting = _next!;
                _next = null;
            }

            try
            {
                sync();
                waiting.SetResult();
            }
            catch (Exception exception)
            {
                waiting.SetException(exception as StateStoreException ?? new StateStoreException(exception.Message, exception));
            }
        }
        while (IsAnyoneWaiting());
    }

    private bool IsAnyoneWaiting()
    {
        lock (_gate)
        {
            return _isRunning = _next is not null;
        }
    }
}
