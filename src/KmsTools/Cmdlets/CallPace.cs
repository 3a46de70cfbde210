using System.Diagnostics;

namespace KmsTools.Commands;

/// <summary>
/// How long the calls of a cmdlet take, one for each record of its pipeline. Another thread for a call costs more than many a call itself,
/// so a call is made in the pipeline when the one before was short.
/// </summary>
internal sealed class CallPace
{
    // Beside a longer one the change of threads is nothing, and a shorter one keeps nobody from stopping the cmdlet.
    private static readonly TimeSpan MaxShort = TimeSpan.FromMilliseconds(1);

    private long _ticks = long.MaxValue;

    /// <summary>Whether the last call was short. False before the first one.</summary>
    public bool IsShort => Volatile.Read(ref _ticks) <= MaxShort.Ticks;

    /// <summary>Makes a call and measures it. One that fails counts as long.</summary>
    public T Measure<T>(Func<T> call)
    {
        Volatile.Write(ref _ticks, long.MaxValue);
        long start = Stopwatch.GetTimestamp();
        T answer = call();
        Volatile.Write(ref _ticks, Stopwatch.GetElapsedTime(start).Ticks);
        return answer;
    }
}
