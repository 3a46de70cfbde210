using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// Moves the write-ahead log of events.db into the file from time to time, on a thread of its own: it syncs twice, and no call should
/// wait for that. The log starts over only when all of it is moved, so that the last few pages are moved while no commit comes in between.
/// </summary>
/// <param name="file">events.db.</param>
/// <param name="writing">The lock that commits of this process take.</param>
internal sealed class EventCheckpoint(string file, Lock writing) : IDisposable
{
    /// <summary>
    /// So many events are committed from one time to the next: 50 to 100 MB of log. Rare ones are cheap for the log as a whole, because
    /// a page is written once however often it changed.
    /// </summary>
    public const int EventsBetween = 20_000;

    private const int FewPages = 1000;
    private const int MostPasses = 6;

    private EventConnection? _connection;
    private Task _work = Task.CompletedTask;
    private int _events;

    /// <summary>Must follow every commit, under the lock.</summary>
    /// <param name="events">How many were committed.</param>
    public void Committed(int events)
    {
        _events += events;
        if (_events >= EventsBetween && _work.IsCompleted)
        {
            _events = 0;
            _work = Task.Factory.StartNew(Move, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    /// <summary>Waits for what is under way. Nothing may be committed any more, and the lock must be free.</summary>
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
            for (int pass = 0; pass < MostPasses && database.TryMoveLog(out int pages); pass++)
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
            // Nothing is lost: commits go on in the log, and SQLite moves it during one of them when it has grown far enough.
        }
    }
}
