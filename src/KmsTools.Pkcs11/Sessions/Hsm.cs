using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// An HSM of this process: a token that it is logged in to, or tries to be, in a separate module instance. All connections to the token
/// share it. Runs calls in pooled sessions of the current login, and has a lost login replaced.
/// </summary>
internal sealed partial class Hsm
{
    private const int MaxTries = 3;

    private readonly HsmToken _token;
    private readonly HsmTimeLimits _limits;
    private readonly Health _health;
    private readonly LoginState _state;
    private readonly HsmLogin _login;
    private readonly ObjectAccess _objects;
    private readonly CallPace _pace = new();

    // Interlocked.
    private int _outstanding;

    /// <summary>Only <see cref="HsmRegistry.Join"/> creates one: there is one for each token.</summary>
    public Hsm(HsmIdentity identity, HsmToken token, HsmTimeLimits limits)
    {
        Identity = identity;
        _token = token;
        _limits = limits;
        _health = new Health(limits);
        _state = new LoginState(Label, limits, _health);
        InterProcessLock processLock = InterProcessLock.OfToken(identity.Library, token);
        _login = new HsmLogin(_state, new LoginProcedure(identity.Library, token, limits, processLock, _health, _state), limits);
        _objects = new ObjectAccess(Label, limits, processLock, _health);
    }

    public HsmIdentity Identity { get; }

    public string Label => _token.TokenLabel;

    /// <summary>The number of calls that it is running now, for load balancing.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Whether it is logged in, answers, and is not being recovered.</summary>
    public bool IsUsable(long now) =>
        _state.Current is { } login && _state.Attempt is null && !IsFrozen(login, now) && !_health.IsAvoided(now);

    /// <summary>Whether it was recently found to lack a key.</summary>
    public bool Lacks(ReadOnlySpan<byte> id, long now) => _state.Current is { } login && login.Handles.IsMissing(id, now);

    /// <inheritdoc cref="HsmLogin.BeginConnect"/>
    public LoginAttempt? BeginConnect(ReadOnlySpan<byte> pin) => _login.BeginConnect(pin);

    /// <inheritdoc cref="HsmLogin.EndConnect"/>
    public HsmException? EndConnect(LoginAttempt? begun, ReadOnlySpan<byte> pin) => _login.EndConnect(begun, pin);

    /// <inheritdoc cref="HsmLogin.ReconnectLater"/>
    public void ReconnectLater(LoginAttempt? begun, ReadOnlySpan<byte> pin) => _login.ReconnectLater(begun, pin);

    /// <summary>Tries to recover a lost HSM in the background, if an attempt is due.</summary>
    public void ReconnectInBackground(long now)
    {
        if (_state.IsReconnectDue(now))
        {
            TokenLogin? login = _state.Current;
            _login.ReconnectInBackground(login, login is null ? _state.LastError : ReturnValue.NoReply);
        }
    }

    /// <inheritdoc cref="HsmLogin.Close"/>
    public void Close() => _login.Close();

    /// <summary>
    /// Runs a call once, for the key with an ID or for none. An HSM that turns out to be lost is recovered in the background.
    /// </summary>
    /// <exception cref="HsmException">The call failed.</exception>
    public void Run<TCall>(ReadOnlySpan<byte> id, scoped ref TCall call)
        where TCall : struct, ISessionCall, allows ref struct
    {
        TokenLogin? login = _state.Current;
        ReturnValue result = login is null ? _state.LastError : RunOnce(login, id, ref call, _limits.Call);
        if (!result.IsOk)
        {
            _login.ReconnectInBackground(login, result);
            throw _state.Lost(result);
        }
    }

    /// <summary>Runs a call, and first recovers a lost HSM if that can be done soon.</summary>
    /// <exception cref="HsmException">The call failed.</exception>
    public void RunPatiently<TCall>(ReadOnlySpan<byte> id, scoped ref TCall call)
        where TCall : struct, ISessionCall, allows ref struct
    {
        for (int attempt = 1; ; attempt++)
        {
            TokenLogin? login = _state.Current;
            ReturnValue result = login is null ? _state.LastError
                : IsFrozen(login, Environment.TickCount64) ? ReturnValue.NoReply
                : RunOnce(login, id, ref call, _limits.Lock);
            if (result.IsOk)
            {
                return;
            }

            RecoverOrThrow(login, result, attempt);
        }
    }

    private bool IsFrozen(TokenLogin login, long now) => _health.IsFrozen(login.Sessions, now);

    private void RecoverOrThrow(TokenLogin? login, ReturnValue result, int attempt)
    {
        if (attempt == MaxTries)
        {
            throw login is null || ReturnValueMap.MeansStaleHandle(result) ? _state.Lost(result) : ReturnValueMap.InUse(result);
        }

        _login.Recover(login, result, thorough: attempt > 1);
    }

    private ReturnValue RunOnce<TCall>(TokenLogin login, ReadOnlySpan<byte> id, scoped ref TCall call, TimeSpan maxWait)
        where TCall : struct, ISessionCall, allows ref struct
    {
        Interlocked.Increment(ref _outstanding);
        try
        {
            ulong key = 0;
            ReturnValue result;
            if (!id.IsEmpty && !login.Handles.TryGet(id, out key))
            {
                result = Resolve(login, id, call.Name, maxWait, out key);
                if (!result.IsOk)
                {
                    return result;
                }
            }

            result = InvokeOnce(login, key, ref call);
            if (ReturnValueMap.MeansStaleHandle(result))
            {
                login.Handles.Remove(id);
                result = Resolve(login, id, call.Name, maxWait, out key);
                result = result.IsOk ? InvokeOnce(login, key, ref call) : result;

                // A handle that was found a moment ago becomes stale with its key, or with the whole token.
                if (ReturnValueMap.MeansStaleHandle(result) && _objects.IsHealthy(login, null))
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
        if (_health.IsSilent(Environment.TickCount64))
        {
            ReturnValue alive = AskWhetherAlive(login);
            if (!alive.IsOk)
            {
                return alive;
            }
        }

        HsmSession? session = login.Sessions.Take(_limits.Call, Environment.TickCount64);
        if (session is null)
        {
            return SessionPool.ClosedError;
        }

        bool wentWell = false;
        bool isOurs = true;
        try
        {
            ReturnValue result;
            if (_pace.IsDetached)
            {
                isOurs = call.Detach().TryRun(login, session, key, _pace, _limits.Answer, call.Output, out result);
                if (!isOurs)
                {
                    return result;
                }
            }
            else
            {
                result = session.Open();
                result = result.IsOk ? call.Invoke(session, key) : result;
            }

            wentWell = result.IsOk;
            if (wentWell)
            {
                _health.RecordCall(Environment.TickCount64);
            }
            else if (!ReturnValueMap.MeansStaleHandle(result))
            {
                _objects.ThrowUnlessLost(login, session, result);
            }

            return result;
        }
        finally
        {
            if (isOurs)
            {
                login.Sessions.Return(session, wentWell);
            }
        }
    }

    /// <summary>
    /// An HSM that was silent for some time is first probed on another thread: a thread that calls a frozen HSM is stuck in it.
    /// </summary>
    private ReturnValue AskWhetherAlive(TokenLogin login)
    {
        Task<ReturnValue> answer = Detached.Start(
            () => _objects.Run(login, _limits.Call, _limits.Call, _ => login.Probe().ThrowUnlessOk()));
        try
        {
            if (!Detached.TryWait(
                answer, _limits.Call + _limits.Call, out ReturnValue result, () => IsFrozen(login, Environment.TickCount64)))
            {
                return ReturnValue.NoReply;
            }

            if (result.IsOk)
            {
                _health.RecordAnswer(Environment.TickCount64);
            }

            return result;
        }
        catch (HsmException)
        {
            // Another process is working with the token; that is not a sign of trouble.
            return ReturnValue.Ok;
        }
    }

    private ReturnValue Resolve(TokenLogin login, ReadOnlySpan<byte> id, KeyName? name, TimeSpan maxWait, out ulong key)
    {
        byte[] wanted = id.ToArray();
        ulong resolved = 0;
        bool isSure = false;
        ReturnValue result = _objects.Run(login, maxWait, _limits.Call, session =>
        {
            resolved = name is null ? Search.Whole(login, session, wanted) : NamedKeys.Find(login, session, name);
            isSure = true;
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
                HsmFailure.KeyNotFound,
                $"The token '{Label}' holds no usable key with {name?.ToString() ?? $"ID {Convert.ToHexStringLower(id)}"}.");
        }
        else
        {
            _objects.ThrowUnlessLost(login, null, result);
        }

        return result;
    }
}
