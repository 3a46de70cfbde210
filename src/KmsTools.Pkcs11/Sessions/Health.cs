using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// Whether an HSM seems to answer, judged by timing alone. All times are milliseconds, as <see cref="Environment.TickCount64"/> counts
/// them.
/// </summary>
internal sealed class Health(HsmTimeLimits limits)
{
    // Coarse, so that threads do not bounce a cache line back and forth.
    private const long AnswerGrain = 200;

    // Each is read and written independently, without a lock: Volatile.
    private long _lastAnswer;
    private long _avoidUntil;

    /// <summary>Records that the HSM answered one of many calls.</summary>
    public void RecordCall(long now)
    {
        if (now - Volatile.Read(ref _lastAnswer) > AnswerGrain)
        {
            Volatile.Write(ref _lastAnswer, now);
        }
    }

    /// <summary>Records that the HSM answered.</summary>
    public void RecordAnswer(long now) => Volatile.Write(ref _lastAnswer, now);

    /// <summary>Records that the HSM let the crypto user log in: it no longer needs to be avoided.</summary>
    public void RecordLogin(long now)
    {
        Volatile.Write(ref _lastAnswer, now);
        Volatile.Write(ref _avoidUntil, 0);
    }

    /// <summary>
    /// Records that a lock of the HSM was not free in time. Its holder may be stuck in a frozen HSM: calls that have another HSM go there
    /// for a while.
    /// </summary>
    public void Avoid(long now) => Volatile.Write(ref _avoidUntil, now + (long)limits.Objects.TotalMilliseconds);

    /// <summary>Whether calls that have another HSM should go there.</summary>
    public bool IsAvoided(long now) => now < Volatile.Read(ref _avoidUntil);

    /// <summary>Whether the HSM has not answered for longer than a call may take. It may just have had nothing to do.</summary>
    public bool IsSilent(long now) => now - Volatile.Read(ref _lastAnswer) > limits.Call.TotalMilliseconds;

    /// <summary>
    /// Whether the HSM is frozen: a call is overdue and no other call was answered. One slow call among others that finish is not a freeze.
    /// </summary>
    public bool IsFrozen(SessionPool sessions, long now) => sessions.IsOverdue(now, limits.Call) && IsSilent(now);
}
