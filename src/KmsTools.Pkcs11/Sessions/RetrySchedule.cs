namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// When a lost HSM may be tried again. Calls in between fail at once. All times are milliseconds, as
/// <see cref="Environment.TickCount64"/> counts them.
/// </summary>
internal sealed class RetrySchedule
{
    private const long Pause = 1_000;

    // Read by calls that have another HSM, and written by the thread of an attempt, without a lock: Volatile.
    private long _notBefore = long.MinValue;
    private long _notThoroughBefore = long.MinValue;

    // Guarded by the lock of the login state.
    private long _seemedHealthyAt = long.MinValue / 2;

    /// <summary>Whether the last failure is long enough ago.</summary>
    public bool MayTry(long now) => now >= Volatile.Read(ref _notBefore);

    /// <summary>Whether an attempt from scratch may be made: the last failure and the last such attempt are long enough ago.</summary>
    public bool MayTryThoroughly(long now) => MayTry(now) && now >= Volatile.Read(ref _notThoroughBefore);

    /// <summary>
    /// Whether the HSM seemed healthy a moment ago, so that a call which finds it lost again needs a login from scratch.
    /// </summary>
    public bool SeemedHealthyLately(long now) => now - _seemedHealthyAt < Pause;

    /// <summary>Records that an attempt failed.</summary>
    public void RecordFailure(long now) => Volatile.Write(ref _notBefore, now + Pause);

    /// <summary>Records that an attempt starts from scratch, with an instance that is initialized again.</summary>
    public void RecordThorough(long now) => Volatile.Write(ref _notThoroughBefore, now + Pause);

    /// <summary>Records that an attempt found the HSM healthy and left its login alone.</summary>
    public void RecordHealthy(long now) => _seemedHealthyAt = now;

    /// <summary>Lets the next call try, no matter when the last attempt was.</summary>
    public void AllowNow() => Volatile.Write(ref _notBefore, long.MinValue);
}
