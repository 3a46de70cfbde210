using KmsTools.Persistence;

namespace KmsTools.Storage;

/// <summary>Lets one thread of this process at a time change a store, with the only connection of the process that does.</summary>
/// <param name="writer">The connection, which is closed with the turn.</param>
/// <param name="location">The store, for people.</param>
/// <param name="limit">The maximum time to wait for other threads.</param>
internal sealed class WriterTurn(StateConnection writer, string location, TimeSpan limit) : IDisposable
{
    // Nearly all transactions end sooner.
    private static readonly TimeSpan s_shortly = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _turn = new(1);
    private bool _isClosed;

    /// <summary>Begins a transaction, in turn.</summary>
    /// <param name="begin">Begins it; at its end <see cref="End"/> must be called.</param>
    /// <exception cref="StateStoreException">Another thread has had its turn for too long.</exception>
    public StateTransaction Begin(Func<StateTransaction> begin)
    {
        ObjectDisposedException.ThrowIf(_isClosed, typeof(IStateStore));
        if (!Wait(limit))
        {
            throw new StateStoreException(
                $"The store '{location}' is busy: another thread of this process kept its transaction open for too long. Try again.");
        }

        bool isBegun = false;
        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(IStateStore));
            StateTransaction transaction = begin();
            isBegun = true;
            return transaction;
        }
        finally
        {
            if (!isBegun)
            {
                writer.Database.RollBack();
                End();
            }
        }
    }

    /// <summary>Does something with the connection, in turn; not if the store is being closed and another thread has its turn.</summary>
    public void TryRun(Action run)
    {
        if (!Wait(_isClosed ? TimeSpan.Zero : limit))
        {
            return;
        }

        try
        {
            run();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The transaction has ended.</summary>
    public void End()
    {
        if (_isClosed)
        {
            // Keeps the permit: the connection must not be used again.
            writer.Dispose();
            return;
        }

        _turn.Release();
        if (_isClosed && _turn.Wait(0))
        {
            writer.Dispose();
        }
    }

    /// <summary>Nothing begins any more.</summary>
    /// <returns>False if that was so already.</returns>
    public bool TryClose() => !Interlocked.Exchange(ref _isClosed, true);

    // The pool replaces a thread that waits through a task, but not one that waits by itself: calls that change nothing must not wait for
    // threads that all wait for a long transaction.
    private bool Wait(TimeSpan most) =>
        _turn.Wait(most < s_shortly ? most : s_shortly)
        || (most > s_shortly && _turn.WaitAsync(most - s_shortly).GetAwaiter().GetResult());

    /// <summary>Closes the connection now, or at the end of the transaction that is open.</summary>
    public void Dispose()
    {
        if (_turn.Wait(0))
        {
            writer.Dispose();
        }
    }
}
