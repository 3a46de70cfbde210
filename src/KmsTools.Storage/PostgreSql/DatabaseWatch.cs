using KmsTools.Persistence;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// Knows whether the database is away. After a failure it probes the database in the background; once a probe has failed too, calls fail
/// at once, with the same error, until one succeeds.
/// </summary>
/// <param name="probe">Asks the database; throws if it does not answer.</param>
/// <param name="explain">Makes the error for users.</param>
internal sealed class DatabaseWatch(Func<CancellationToken, Task> probe, Func<Exception, StateStoreException> explain) : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _closing = new();
    private StateStoreException? _away;
    private int _isProbing;

    /// <summary>Why the database is known to be away; null if it is not.</summary>
    public StateStoreException? Away => Volatile.Read(ref _away);

    /// <summary>Fails at once if the database is known to be away.</summary>
    /// <exception cref="StateStoreException">It is.</exception>
    public void Require()
    {
        if (Away is { } away)
        {
            throw DatabaseErrors.Again(away);
        }
    }

    /// <summary>Tells of a failure that may mean that the database is away.</summary>
    public void Suspect()
    {
        if (!_closing.IsCancellationRequested && Interlocked.Exchange(ref _isProbing, 1) == 0)
        {
            _ = Task.Run(ProbeAsync);
        }
    }

    public void Dispose() => _closing.Cancel();

    private async Task ProbeAsync()
    {
        try
        {
            while (!_closing.IsCancellationRequested)
            {
                try
                {
                    await probe(_closing.Token).ConfigureAwait(false);
                    return;
                }
                catch (Exception exception) when (!_closing.IsCancellationRequested)
                {
                    Volatile.Write(ref _away, explain(exception));
                }

                await Task.Delay(s_pause, _closing.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The store is closed.
        }
        finally
        {
            Volatile.Write(ref _away, null);
            Volatile.Write(ref _isProbing, 0);
        }
    }
}
