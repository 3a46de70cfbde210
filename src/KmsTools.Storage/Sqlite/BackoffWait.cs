using System.Diagnostics;

namespace KmsTools.Storage.Sqlite;

/// <summary>Short waits with jitter, up to a limit, for a lock that another process holds.</summary>
internal struct BackoffWait(TimeSpan limit)
{
    private const int MaxSleepInMilliseconds = 10;

    // A short transaction takes some ten microseconds: after a yield the lock is usually free.
    private const int YieldsBeforeSleeping = 4;

    private readonly long _start = Stopwatch.GetTimestamp();
    private int _waits;

    /// <summary>Waits once; false if the limit is reached.</summary>
    public bool TryWait()
    {
        if (Stopwatch.GetElapsedTime(_start) > limit)
        {
            return false;
        }

        if (++_waits <= YieldsBeforeSleeping)
        {
            Thread.Yield();
        }
        else
        {
            Thread.Sleep(Random.Shared.Next(1, Math.Min(_waits, MaxSleepInMilliseconds) + 1));
        }

        return true;
    }
}
