using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// Moves the write-ahead log of events.db into the file from time to time, on a separate thread: it syncs twice, and no call should
/// wait for that. The log starts over only when all of it has been moved, so the last few pages are moved while commits are blocked.
/// </summary>
/// <param name="file">events.db.</param>
/// <param name="writing">The lock for commits of this process.</param>
internal sealed class EventCheckpoint(string file, Lock writing) : IDisposable
{
    /// <summary>
    /// The number of events between two checkpoints: 50 to 100 MB of log. Rare checkpoints are cheap for the log as a whole, because
    /// a page is written once, however often it was changed.
    /// </summary>
    public const int EventsBetween = 20_000;

    private const int FewPages = 1000;
    private const int MaxPasses = 6;

    private EventConnection? _connection;
    private Task _work = Task.CompletedTask;
    private int _events;

    /// <summary>Must be called after every commit, under the lock.</summary>
    /// <param name="events">The number of committed events.</param>
    public void Committed(int events)
    {
        _events += events;
        if (_events >= EventsBetween && _work.IsCompleted)
        {
            _events = 0;
            _work = Task.Factory.StartNew(Move, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    /// <summary>Waits for a checkpoint in progress. There must be no further commits, and the lock must be free.</summary>
    public void Dispose()
    {
        _work.Wait();
        _connection?.Dispose();
    }

    private void Move()
    {
        try
        {
            Database database = (_connection ??= EventConnection.OpenCheckpointer(file)).Database;
            int moved = 0;
            for (int pass = 0; pass < MaxPasses && database.TryMoveLog(out int pages); pass++)
            {
                bool isNearlyAll = pages - moved <= FewPages;
                moved = pages;
                if (isNearlyAll)
                {
                    lock (writing)
                    {
                        database.TryMoveLog(out _);
                    }

                    return;
                }
            }
        }
        catch (StateStoreException)
        {
            // Nothing is lost: commits continue in the log, and SQLite moves it during one of them when it has grown far enough.
        }
    }
}
