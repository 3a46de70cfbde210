using System.Collections.Concurrent;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// The open sessions of one login that no thread uses. There are never more of them than threads that worked at the same time.
/// </summary>
internal sealed class SessionPool(NativeModule native, ulong slot)
{
    private readonly ConcurrentQueue<HsmSession> _idle = new();

    // Most of the time one thread works: it finds its session here without touching the queue.
    private HsmSession? _latest;

    public ReturnValue Rent(out HsmSession? session)
    {
        session = Interlocked.Exchange(ref _latest, null);
        if (session is not null || _idle.TryDequeue(out session))
        {
            return new(Cryptoki.CKR_OK, "C_OpenSession");
        }

        ReturnValue result = native.OpenSession(slot, out ulong handle);
        session = result.IsOk ? new HsmSession(native, handle) : null;
        return result;
    }

    /// <summary>Takes back a session whose last call went well. All others are closed instead: their state is unknown.</summary>
    public void Return(HsmSession session)
    {
        if (Interlocked.CompareExchange(ref _latest, session, null) is not null)
        {
            _idle.Enqueue(session);
        }
    }

    public void CloseAll()
    {
        Interlocked.Exchange(ref _latest, null)?.Close();
        while (_idle.TryDequeue(out HsmSession? session))
        {
            session.Close();
        }
    }
}
