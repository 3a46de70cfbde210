using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// One attempt to log in, on a separate thread; also the ticket with which a connection that has started one waits for it.
/// </summary>
/// <param name="pin">The PIN to offer.</param>
/// <param name="lost">The login that was found lost; null if there was none.</param>
/// <param name="error">What the module returned to the call that found it lost.</param>
/// <param name="thorough">Whether to start from scratch even if the HSM seems healthy.</param>
/// <param name="now">The time, in milliseconds of <see cref="Environment.TickCount64"/>.</param>
internal sealed class LoginAttempt(AcceptedPin pin, TokenLogin? lost, ReturnValue error, bool thorough, long now)
{
    private const long Stopped = long.MaxValue / 2;

    private readonly TaskCompletionSource<bool> _prepared = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _mayLogIn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<HsmException?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The time since when a call to the HSM has been in progress. Written by the thread of the attempt and read by those that wait:
    // Volatile.
    private long _since = now;

    // Written by the thread of the attempt; read by the one that abandons it, which may read a value that has just changed: the lock is
    // then disposed twice.
    private volatile FileStream? _held;

    public TokenLogin? Lost => lost;

    public ReturnValue Error => error;

    public bool IsThorough => thorough;

    /// <summary>The PIN that it offers. Changed by the thread of the attempt only, under the lock of the login state.</summary>
    public AcceptedPin Pin { get; set; } = pin;

    /// <summary>Whether it hung for too long, so that its result no longer counts. Guarded by the lock of the login state.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>The lock between processes that it holds, or held last.</summary>
    public FileStream? Held => _held;

    /// <summary>Completes when the token was found, or could not be found.</summary>
    public Task<bool> Prepared => _prepared.Task;

    /// <summary>Completes with the attempt: null, or what went wrong.</summary>
    public Task<HsmException?> Ended => _ended.Task;

    /// <summary>Whether a call to the HSM has gone without an answer for longer than this.</summary>
    public bool IsOverdue(TimeSpan limit, long now) => now - Volatile.Read(ref _since) > limit.TotalMilliseconds;

    /// <summary>Waits for the lock between processes.</summary>
    /// <exception cref="HsmException">Unreachable: another process holds it for too long.</exception>
    public FileStream Enter(InterProcessLock processLock, TimeSpan maxWait)
    {
        StopClock();
        try
        {
            FileStream held = processLock.Enter(maxWait);
            _held = held;
            return held;
        }
        finally
        {
            StartClock(Environment.TickCount64);
        }
    }

    /// <summary>Waiting for other processes does not count: they are using the HSM, and that has a separate limit.</summary>
    public void StopClock() => Volatile.Write(ref _since, Stopped);

    /// <summary>Records that a call to the HSM begins now.</summary>
    public void StartClock(long now) => Volatile.Write(ref _since, now);

    /// <summary>Allows it to offer the PIN.</summary>
    public void Allow() => _mayLogIn.TrySetResult(true);

    /// <summary>After a failed connect: the PIN is no longer offered, unless that was allowed before.</summary>
    public void GiveUp() => _mayLogIn.TrySetResult(false);

    /// <summary>Records that the token was found, and waits until it is known whether the PIN may be offered.</summary>
    /// <exception cref="HsmException">The PIN must not be offered.</exception>
    public void AwaitPermission()
    {
        _prepared.TrySetResult(true);
        if (!_mayLogIn.Task.GetAwaiter().GetResult())
        {
            throw new HsmException(HsmFailure.Failed, "The connect was given up.");
        }
    }

    /// <summary>Ends all waits for it.</summary>
    /// <param name="failure">What went wrong; null on success.</param>
    public void End(HsmException? failure)
    {
        _prepared.TrySetResult(true);
        _ended.SetResult(failure);
    }

    /// <summary>Abandons it while it hangs in the module, and releases the lock that it holds.</summary>
    public void Abandon()
    {
        IsAbandoned = true;
        _held?.Dispose();
    }
}
