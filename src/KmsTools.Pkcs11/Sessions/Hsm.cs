using System.Security.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// A token that this process is logged in to, in a module instance of its own. Runs calls in pooled sessions; a call that finds the
/// HSM lost brings it back and runs again.
/// </summary>
#pragma warning disable CA1001 // The gate is never disposed: a call may still stand before it when the last connection leaves.
internal sealed partial class Hsm
#pragma warning restore CA1001
{
    private const int MaximumTries = 3;

    // Calls read, recovery writes: C_Finalize pulls the ground from under every session of the instance.
    private readonly ReaderWriterLockSlim _gate = new(LockRecursionPolicy.NoRecursion);
    private readonly Lock _objects = new();
    private readonly ModuleInstance _instance;
    private readonly HsmToken _token;

    private AcceptedPin _pin;
    private TokenLogin? _login;
    private int _shares = 1;

    private Hsm(ModuleInstance instance, HsmToken token, TokenLogin login, AcceptedPin pin)
    {
        _instance = instance;
        _token = token;
        _pin = pin;
        _login = login;
    }

    /// <summary>Logs in to a token in a freshly initialised instance.</summary>
    public static Hsm Connect(ModuleInstance instance, HsmToken token, ReadOnlySpan<byte> pin)
    {
        using FileStream held = instance.ProcessLock.Enter();
        return new(instance, token, LogIn(instance, token, pin, resumed: false), new AcceptedPin(pin));
    }

    /// <summary>
    /// Lets another connection of this process in. The login is shared and no module checks a PIN twice, so it is compared with the
    /// one that was accepted.
    /// </summary>
    public void Share(ReadOnlySpan<byte> pin)
    {
        _gate.EnterWriteLock();
        try
        {
            if (_login is null)
            {
                ComeBackWith(pin);
            }
            else if (!_pin.Matches(pin))
            {
                throw new HsmException(
                    HsmFailure.InvalidCredentials, "This process is logged in to the token with another PIN.");
            }

            _shares++;
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>Gives up a share. The last one logs out.</summary>
    /// <returns>Whether it was the last one.</returns>
    public bool Leave()
    {
        _gate.EnterWriteLock();
        try
        {
            if (--_shares > 0)
            {
                return false;
            }

            using FileStream held = _instance.ProcessLock.Enter();
            _login?.Close();
            _login = null;
            _pin.Dispose();
            return true;
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>Runs a call, for the key with an ID or for none.</summary>
    public void Run<TCall>(ReadOnlySpan<byte> id, scoped ref TCall call)
        where TCall : struct, ISessionCall, allows ref struct
    {
        for (int attempt = 1; ; attempt++)
        {
            TokenLogin? login;
            ReturnValue result;
            _gate.EnterReadLock();
            try
            {
                login = _login;
                result = login is null ? _lastTrouble : RunOnce(login, id, ref call);
                if (result.IsOk)
                {
                    return;
                }

                ThrowUnlessSuspect(login, result);
            }
            finally
            {
                _gate.ExitReadLock();
            }

            if (attempt == MaximumTries)
            {
                throw ReturnValueMap.InUse(result);
            }

            Recover(login, result, thorough: attempt > 1);
        }
    }

    /// <summary>Changes the PIN and uses the new one from now on.</summary>
    public void ChangePin(ReadOnlySpan<byte> newPin)
    {
        _gate.EnterWriteLock();
        try
        {
            if (_login is null)
            {
                throw Lost(_lastTrouble);
            }

            using FileStream held = _instance.ProcessLock.Enter();
            byte[] old = _pin.Use(static bytes => bytes.ToArray());
            try
            {
                ReturnValue result = _login.SetPin(old, newPin);
                if (!result.IsOk)
                {
                    throw ReturnValueMap.InUse(result);
                }
            }
            finally
            {
                CryptographicOperations.ZeroMemory(old);
            }

            _pin.Dispose();
            _pin = new AcceptedPin(newPin);
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    private ReturnValue RunOnce<TCall>(TokenLogin login, ReadOnlySpan<byte> id, scoped ref TCall call)
        where TCall : struct, ISessionCall, allows ref struct
    {
        ReturnValue result = login.Sessions.Rent(out HsmSession? session);
        if (session is null)
        {
            return result;
        }

        bool wentWell = false;
        try
        {
            if (call.ManagesObjects)
            {
                lock (_objects)
                {
                    using FileStream held = _instance.ProcessLock.Enter();
                    result = call.Invoke(login, session, 0);
                }
            }
            else
            {
                result = RunWithKey(login, session, id, ref call);
            }

            wentWell = result.IsOk;
            return result;
        }
        finally
        {
            if (wentWell)
            {
                login.Sessions.Return(session);
            }
            else
            {
                session.Close();
            }
        }
    }

    private ReturnValue RunWithKey<TCall>(TokenLogin login, HsmSession session, ReadOnlySpan<byte> id, scoped ref TCall call)
        where TCall : struct, ISessionCall, allows ref struct
    {
        ulong key = 0;
        ReturnValue result;
        if (id.IsEmpty || login.Handles.TryGet(id, out key))
        {
            result = call.Invoke(login, session, key);
            if (!ReturnValueMap.MeansStaleHandle(result))
            {
                return result;
            }
        }

        login.Handles.Remove(id);
        result = Resolve(login, session, id, out key);
        return result.IsOk ? call.Invoke(login, session, key) : result;
    }

    private ReturnValue Resolve(TokenLogin login, HsmSession session, ReadOnlySpan<byte> id, out ulong key)
    {
        lock (_objects)
        {
            List<ulong> found = [];
            using FileStream held = _instance.ProcessLock.Enter();
            ReturnValue result = Search.Sure(login, session, id, found);
            key = 0;
            result = result.IsOk ? KeyObjects.FirstWhole(session, found, out key) : result;
            if (key != 0)
            {
                login.Handles.Set(id, key);
            }
            else if (result.IsOk)
            {
                throw new HsmException(
                    HsmFailure.KeyNotFound, $"The token '{_token.TokenLabel}' holds no usable key with ID {Convert.ToHexStringLower(id)}.");
            }

            return result;
        }
    }

    private void ThrowUnlessSuspect(TokenLogin? login, ReturnValue result)
    {
        if (login is null)
        {
            return;
        }

        if (ReturnValueMap.MeansForgery(result) || (ReturnValueMap.MayMeanForgery(result) && IsWell(login)))
        {
            throw new HsmException(HsmFailure.AuthenticationFailed, result.ToString());
        }

        if (!ReturnValueMap.MakesHsmSuspect(result))
        {
            throw ReturnValueMap.InUse(result);
        }
    }

    private bool IsWell(TokenLogin login)
    {
        using FileStream held = _instance.ProcessLock.Enter();
        return login.Probe().IsOk && login.IsLoggedIn();
    }
}
