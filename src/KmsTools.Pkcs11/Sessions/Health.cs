using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// Whether an HSM seems to answer, judged by times alone. All times are milliseconds, as <see cref="Environment.TickCount64"/> counts them.
/// </summary>
internal sealed class Health(HsmTimeLimits limits)
{
    // Coarse, so that threads do not pass one cache line to and fro.
    private const long AnswerGrain = 200;

    // Each is read and written without a lock, by Volatile: they do not depend on each other.
    private long _lastAnswer;
    private long _avoidUntil;

    /// <summary>Takes down that the HSM answered one of many calls.</summary>
    public void RecordCall(long now)
    {
        if (now - Volatile.Read(ref _lastAnswer) > AnswerGrain)
        {
            Volatile.Write(ref _lastAnswer, now);
        }
    }

    /// <summary>Takes down that the HSM answered.</summary>
    public void RecordAnswer(long now) => Volatile.Write(ref _lastAnswer, now);

    /// <summary>Takes down that the HSM let the crypto user log in: what was held against it is forgotten.</summary>
    public void RecordLogin(long now)
    {
        Volatile.Write(ref _lastAnswer, now);
        Volatile.Write(ref _avoidUntil, 0);
    }

    /// <summary>
    /// Takes down that a lock of the HSM could not be had in time. Whoever holds it may be stuck in a frozen HSM: calls that have another
    /// one go there for a while.
    /// </summary>
    public void Avoid(long now) => Volatile.Write(ref _avoidUntil, now + (long)limits.Objects.TotalMilliseconds);

    /// <summary>Whether calls that have another HSM should go there.</summary>
    public bool IsAvoided(long now) => now < Volatile.Read(ref _avoidUntil);

    /// <summary>Whether the HSM has not answered for longer than a call may take. It may just have had nothing to do.</summary>
    public bool IsSilent(long now) => now - Volatile.Read(ref _lastAnswer) > limits.Call.TotalMilliseconds;

    /// <summary>
    /// Whether the HSM is frozen: a call is overdue and no other one was answered. One slow call among others that end is not a freeze.
    /// </summary>
    public bool IsFrozen(SessionPool sessions, long now) => sessions.IsOverdue(now, limits.Call) && IsSilent(now);
}
