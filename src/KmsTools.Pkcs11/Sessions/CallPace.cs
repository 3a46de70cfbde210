using System.Diagnostics;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// How fast an HSM answers, and so whether its calls are made on threads that their callers can stop waiting for. The change of threads
/// is nothing beside a network, but a good part of a call to a module that works in this process. Such a module is called directly once it
/// has shown how fast it is, unless it has ever hung. The fastest call counts: others wait for one another.
/// </summary>
internal sealed class CallPace
{
    private const int FirstCalls = 16;

    private static readonly long Slow = Stopwatch.Frequency * 150 / 1_000_000;

    // Written without a lock; a lost update does no harm.
    private volatile int _calls;
    private volatile bool _hasHung;
    private long _fastest = long.MaxValue;

    /// <summary>Whether calls are made on other threads.</summary>
    public bool IsDetached => _hasHung || _calls < FirstCalls || Volatile.Read(ref _fastest) > Slow;

    /// <summary>The time, for <see cref="Record"/>.</summary>
    public static long Start() => Stopwatch.GetTimestamp();

    /// <summary>Records a call on another thread.</summary>
    public void Record(long start)
    {
        long elapsed = Stopwatch.GetTimestamp() - start;
        if (elapsed < Volatile.Read(ref _fastest))
        {
            Volatile.Write(ref _fastest, elapsed);
        }

        if (_calls < FirstCalls)
        {
            _calls++;
        }
    }

    /// <summary>Records that a call has not returned in time.</summary>
    public void RecordHang() => _hasHung = true;
}
