using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// An HSM of this process: a token that it is logged in to, or tries to be, in a module instance of its own. All connections to the
/// token share it, because C_Initialize and the login count for the whole process. Runs calls in pooled sessions.
/// </summary>
#pragma warning disable CA1001 // The PINs end with the last share, see Leave.
internal sealed partial class Hsm
#pragma warning restore CA1001
{
    private const int MaximumTries = 3;

    // Coarse, so that threads do not pass one cache line to and fro.
    private const long AnswerGrain = 200;

    private static readonly ReturnValue Closed = new(CKR_SESSION_CLOSED, "C_OpenSession");
    private static readonly ReturnValue Silent = new(CKR_FUNCTION_CANCELED, "The wait for the HSM");

    private readonly LibraryReference _library;
    private readonly HsmToken _token;
    private readonly HsmTimeLimits _limits;
    private readonly InterProcessLock _processLock;

    private volatile TokenLogin? _login;
    private long _lastAnswer;
    private long _avoidUntil;
    private int _outstanding;

    private Hsm(LibraryReference library, HsmToken token, HsmTimeLimits limits)
    {
        _library = library;
        _token = token;
        _limits = limits;
        _processLock = InterProcessLock.OfToken(library, token);
    }

    public string Label => _token.TokenLabel;

    /// <summary>Calls that run in it now, for spreading them.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Whether it is logged in, answers, and is not being looked after.</summary>
    public bool IsUsable(long now)
        => _login is { } login && _attempt is null && !IsFrozen(login, now) && now >= Volatile.Read(ref _avoidUntil);

    /// <summary>Whether it was found to lack a key lately.</summary>
    public bool Lacks(ReadOnlySpan<byte> id, long now) => _login is { } login && login.Handles.IsMissing(id, now);

    /// <summary>
    /// Runs a call once, for the key with an ID or for none. An HSM that turns out to be lost is brought back in the background.
    /// </summary>
    /// <exception cref="HsmException">It did not go well.</exception>
    public void Run<TCall>(ReadOnlySpan<byte> id, scoped ref TCall call)
        where TCall : struct, ISessionCall, allows ref struct
    {
        TokenLogin? login = _login;
        ReturnValue result = login is null ? _lastTrouble : RunOnce(login, id, ref call, _limits.Call);
        if (!result.IsOk)
        {
            BringBack(login, result);
            throw Lost(result);
        }
    }

    /// <summary>Runs a call, and brings a lost HSM back first where that can be done soon.</summary>
    /// <exception cref="HsmException">It did not go well.</exception>
    public void RunPatiently<TCall>(ReadOnlySpan<byte> id, scoped ref TCall call)
        where TCall : struct, ISessionCall, allows ref struct
    {
        for (int attempt = 1; ; attempt++)
        {
            TokenLogin? login = _login;
            ReturnValue result = login is null ? _lastTrouble
                : IsFrozen(login, Environment.TickCount64) ? Silent
                : RunOnce(login, id, ref call, _limits.Lock);
            if (result.IsOk)
            {
                return;
            }

            if (attempt == MaximumTries)
            {
                throw login is null || ReturnValueMap.MeansStaleHandle(result) ? Lost(result) : ReturnValueMap.InUse(result);
            }

            Recover(login, result, thorough: attempt > 1);
        }
    }

    /// <summary>Runs work with objects, and brings a lost HSM back first where that can be done soon.</summary>
    /// <exception cref="HsmException">It did not go well. Unreachable also when the HSM did not answer in time; the work may still be done.</exception>
    public void Manage(IObjectCall call) => Finish(StartManaging(call));

    /// <summary>Begins <see cref="Manage"/>.</summary>
    public Task<bool> StartManaging(IObjectCall call) => Detached.Start(() =>
    {
        ManagePatiently(call);
        return true;
    });

    /// <summary>Waits for what <see cref="StartManaging"/> began.</summary>
    public void Finish(Task<bool> work)
    {
        if (!Detached.TryWait(work, _limits.LongWork + _limits.Lock, out _, IsFrozen))
        {
            BringBack(_login, Silent);
            throw Lost(Silent);
        }
    }

    private bool IsFrozen()
    {
        return _login is { } login ? IsFrozen(login, Environment.TickCount64) : _attempt is { } attempt && attempt.IsOverdue(_limits.Connect);
    }

    // One slow call among others that come back is no freeze.
    private bool IsFrozen(TokenLogin login, long now)
        => login.Sessions.IsOverdue(now, _limits.Call) && now - Volatile.Read(ref _lastAnswer) > _limits.Call.TotalMilliseconds;

    private void ManagePatiently(IObjectCall call)
    {
        for (int attempt = 1; ; attempt++)
        {
            TokenLogin? login = _login;
            ReturnValue result = login is null ? _lastTrouble
                : IsFrozen(login, Environment.TickCount64) ? Silent
                : ManageOnce(login, call);
            if (result.IsOk)
            {
                return;
            }

            if (attempt == MaximumTries)
            {
                throw login is null || ReturnValueMap.MeansStaleHandle(result) ? Lost(result) : ReturnValueMap.InUse(result);
            }

            Recover(login, result, thorough: attempt > 1);
        }
    }

    private ReturnValue RunOnce<TCall>(TokenLogin login, ReadOnlySpan<byte> id, scoped ref TCall call, TimeSpan patience)
        where TCall : struct, ISessionCall, allows ref struct
    {
        Interlocked.Increment(ref _outstanding);
        try
        {
            ulong key = 0;
            ReturnValue result;
            if (!id.IsEmpty && !login.Handles.TryGet(id, out key))
            {
                result = Resolve(login, id, patience, out key);
                if (!result.IsOk)
                {
                    return result;
                }
            }

            result = InvokeOnce(login, key, ref call);
            if (ReturnValueMap.MeansStaleHandle(result))
            {
                login.Handles.Remove(id);
                result = Resolve(login, id, patience, out key);
                result = result.IsOk ? InvokeOnce(login, key, ref call) : result;

                // A handle that was found a moment ago goes stale with its key, or with the whole token.
                if (ReturnValueMap.MeansStaleHandle(result) && IsWell(login, null))
                {
                    throw ReturnValueMap.InUse(result);
                }
            }

            return result;
        }
        finally
        {
            Interlocked.Decrement(ref _outstanding);
        }
    }

    private ReturnValue InvokeOnce<TCall>(TokenLogin login, ulong key, scoped ref TCall call)
        where TCall : struct, ISessionCall, allows ref struct
    {
        long now = Environment.TickCount64;
        if (now - Volatile.Read(ref _lastAnswer) > _limits.Call.TotalMilliseconds)
        {
            ReturnValue alive = AskWhetherAlive(login);
            if (!alive.IsOk)
            {
                return alive;
            }
        }

        HsmSession? session = login.Sessions.Take(_limits.Call);
        if (session is null)
        {
            return Closed;
        }

        bool wentWell = false;
        try
        {
            ReturnValue result = session.Open();
            result = result.IsOk ? call.Invoke(session, key) : result;
            wentWell = result.IsOk;
            now = Environment.TickCount64;
            if (wentWell && now - Volatile.Read(ref _lastAnswer) > AnswerGrain)
            {
                Volatile.Write(ref _lastAnswer, now);
            }

            if (!wentWell && !ReturnValueMap.MeansStaleHandle(result))
            {
                ThrowUnlessSuspect(login, session, result);
            }

            return result;
        }
        finally
        {
            login.Sessions.Return(session, wentWell);
        }
    }

    /// <summary>
    /// An HSM that was silent for some time is asked on another thread first: a thread that calls a frozen HSM is stuck in it.
    /// </summary>
    private ReturnValue AskWhetherAlive(TokenLogin login)
    {
        Task<ReturnValue> answer = Detached.Start(() => UnderLock(login, _limits.Call, _limits.Call, _ => login.Probe()));
        try
        {
            if (!Detached.TryWait(answer, _limits.Call + _limits.Call, out ReturnValue result, () => IsFrozen(login, Environment.TickCount64)))
            {
                return Silent;
            }

            if (result.IsOk)
            {
                Volatile.Write(ref _lastAnswer, Environment.TickCount64);
            }

            return result;
        }
        catch (HsmException)
        {
            // Another process has work to do with the token; that is no sign of trouble.
            return new(CKR_OK, "C_GetTokenInfo");
        }
    }

    private ReturnValue Resolve(TokenLogin login, ReadOnlySpan<byte> id, TimeSpan patience, out ulong key)
    {
        byte[] wanted = id.ToArray();
        ulong resolved = 0;
        bool isSure = false;
        ReturnValue result = UnderLock(login, patience, _limits.Call, session =>
        {
            List<ulong> found = [];
            ReturnValue searched = Search.Sure(login, session, wanted, found);
            searched = searched.IsOk ? KeyObjects.FirstWhole(session, found, out resolved) : searched;
            if (searched.IsOk && resolved == 0 && found.Count > 0)
            {
                // What the objects said counts only if the token is still there.
                searched = login.Probe();
            }

            isSure = searched.IsOk;
            return searched;
        });
        key = resolved;
        if (key != 0)
        {
            login.Handles.Set(id, key);
        }
        else if (isSure)
        {
            login.Handles.SetMissing(id, Environment.TickCount64);
            throw new HsmException(
                HsmFailure.KeyNotFound, $"The token '{Label}' holds no usable key with ID {Convert.ToHexStringLower(id)}.");
        }
        else
        {
            ThrowUnlessSuspect(login, null, result);
        }

        return result;
    }

    private ReturnValue ManageOnce(TokenLogin login, IObjectCall call)
    {
        ReturnValue result = UnderLock(login, _limits.Lock, _limits.Call, session =>
        {
            // Whether it answers at all shows sooner than whether it does the work.
            ReturnValue probed = login.Probe();
            session.Begin(call.Limit(_limits));
            return probed.IsOk ? call.Invoke(login, session) : probed;
        });
        if (result.IsOk)
        {
            Volatile.Write(ref _lastAnswer, Environment.TickCount64);
        }
        else
        {
            ThrowUnlessSuspect(login, null, result);
        }

        return result;
    }

    // Waits for the locks before the HSM's time begins to run.
    private ReturnValue UnderLock(TokenLogin login, TimeSpan patience, TimeSpan limit, Func<HsmSession, ReturnValue> work)
    {
        if (!login.Objects.TryEnter(patience))
        {
            throw Busy();
        }

        try
        {
            using FileStream held = EnterProcessLock(patience);
            HsmSession? session = login.Sessions.Take(limit);
            if (session is null)
            {
                return Closed;
            }

            bool wentWell = false;
            try
            {
                session.Held = held;
                ReturnValue result = session.Open();
                result = result.IsOk ? work(session) : result;
                wentWell = result.IsOk;
                return result;
            }
            finally
            {
                session.Held = null;
                login.Sessions.Return(session, wentWell);
            }
        }
        finally
        {
            login.Objects.Exit();
        }
    }

    private FileStream EnterProcessLock(TimeSpan patience)
    {
        try
        {
            return _processLock.Enter(patience);
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.Unreachable)
        {
            Avoid();
            throw;
        }
    }

    private HsmException Busy()
    {
        Avoid();
        return new(HsmFailure.Unreachable, $"The token '{Label}' has been busy for too long.");
    }

    // Whoever holds the lock may be stuck in a frozen HSM: calls that have another one go there.
    private void Avoid() => Volatile.Write(ref _avoidUntil, Environment.TickCount64 + (long)_limits.Objects.TotalMilliseconds);

    private void ThrowUnlessSuspect(TokenLogin login, HsmSession? session, ReturnValue result)
    {
        if (ReturnValueMap.MeansForgery(result) || (ReturnValueMap.MayMeanForgery(result) && IsWell(login, session)))
        {
            throw new HsmException(HsmFailure.AuthenticationFailed, result.ToString());
        }

        if (!ReturnValueMap.MakesHsmSuspect(result))
        {
            throw ReturnValueMap.InUse(result);
        }
    }

    private bool IsWell(TokenLogin login, HsmSession? session)
    {
        if (session is null)
        {
            bool isWell = false;
            return UnderLock(login, _limits.Lock, _limits.Call, _ =>
            {
                ReturnValue probed = login.Probe();
                isWell = probed.IsOk && login.IsLoggedIn();
                return probed;
            }).IsOk && isWell;
        }

        using FileStream held = EnterProcessLock(_limits.Lock);
        session.Begin(_limits.Call);
        return login.Probe().IsOk && login.IsLoggedIn();
    }
}
