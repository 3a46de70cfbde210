using System.Collections.Concurrent;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>The sessions of one login. There are never more of them than threads that worked concurrently.</summary>
internal sealed class SessionPool(NativeModule native, ulong slot)
{
    /// <summary>The result of a call that arrives when the pool is closed.</summary>
    public static readonly ReturnValue ClosedError = new(CKR_SESSION_CLOSED, "C_OpenSession");

    private readonly ConcurrentQueue<HsmSession> _idle = new();
    private readonly Lock _growing = new();
    private readonly GcmIvs _ivs = new();

    // Most of the time only one thread works: it finds its session here without touching the queue. Interlocked.
    private HsmSession? _latest;

    // Written under _growing, read without a lock.
    private volatile HsmSession[] _all = [];

    // Set once, with a full barrier after it: either the closing thread sees a call that has begun, or the call sees that the pool is
    // closed.
    private volatile bool _isClosed;

    // Set once, with a full barrier; taken by one thread, with Interlocked.
    private Action? _whenDrained;

    /// <summary>Takes a session for one call, which begins now.</summary>
    /// <param name="limit">How long the call may take.</param>
    /// <param name="now">The time.</param>
    /// <returns>Null when the pool is closed.</returns>
    public HsmSession? Take(TimeSpan limit, long now)
    {
        HsmSession? session = Interlocked.Exchange(ref _latest, null);
        if (session is null && !_idle.TryDequeue(out session))
        {
            session = Add();
        }

        session.Begin(limit, now);
        if (!_isClosed)
        {
            return session;
        }

        Leave(session);
        return null;
    }

    /// <summary>Takes back a session. One whose last call failed is closed: its state is unknown.</summary>
    public void Return(HsmSession session, bool wentWell)
    {
        if (!wentWell || session.IsSpent)
        {
            session.Close();
        }

        session.End();
        if (_isClosed)
        {
            Leave(session);
        }
        else if (Interlocked.CompareExchange(ref _latest, session, null) is not null)
        {
            _idle.Enqueue(session);
        }
    }

    /// <summary>Whether a call takes longer than it may, and is not held up by one that may take longer.</summary>
    /// <param name="now">The time.</param>
    /// <param name="ordinary">What an ordinary call may take.</param>
    public bool IsOverdue(long now, TimeSpan ordinary)
    {
        bool isOverdue = false;
        foreach (HsmSession session in _all)
        {
            (long elapsed, long limit) = session.Progress(now);
            if (elapsed > limit)
            {
                isOverdue = true;
            }
            else if (limit > ordinary.TotalMilliseconds)
            {
                return false;
            }
        }

        return isOverdue;
    }

    /// <summary>Admits no new calls.</summary>
    public void Close()
    {
        _isClosed = true;
        Interlocked.MemoryBarrier();
    }

    /// <summary>After <see cref="Close"/>: waits until no call is in a session.</summary>
    /// <returns>False when one still is after the limit.</returns>
    public bool Drain(TimeSpan limit)
    {
        long end = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (!IsIdle())
        {
            if (Environment.TickCount64 >= end)
            {
                return false;
            }

            Thread.Sleep(1);
        }

        return true;
    }

    /// <summary>
    /// After <see cref="Close"/>, when calls hang: releases the locks that they hold, and runs an action once they return.
    /// </summary>
    public void Abandon(Action whenDrained)
    {
        foreach (HsmSession session in _all)
        {
            session.Held?.Dispose();
        }

        _whenDrained = whenDrained;
        Interlocked.MemoryBarrier();
        FinishAbandoned();
    }

    /// <summary>After <see cref="Drain"/>: closes the sessions.</summary>
    public void CloseAll()
    {
        foreach (HsmSession session in _all)
        {
            session.Close();
        }
    }

    private HsmSession Add()
    {
        HsmSession session = new(native, slot, _ivs);
        lock (_growing)
        {
            _all = [.. _all, session];
        }

        return session;
    }

    private void Leave(HsmSession session)
    {
        session.End();
        FinishAbandoned();
    }

    private bool IsIdle() => !Array.Exists(_all, static session => session.IsBusy);

    private void FinishAbandoned()
    {
        if (Volatile.Read(ref _whenDrained) is not null && IsIdle() && Interlocked.Exchange(ref _whenDrained, null) is { } finish)
        {
            _ = Detached.Start(() =>
            {
                finish();
                return true;
            });
        }
    }
}
