using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// The steps of an attempt to log in: checks whether the HSM is healthy, ends the lost login, initializes an instance of the module, finds
/// the token and offers the PIN. Runs on the thread of the attempt, which may hang in the module.
/// </summary>
internal sealed class LoginProcedure(
    LibraryReference library, HsmToken token, HsmTimeLimits limits, InterProcessLock processLock, Health health, LoginState state)
{
    private readonly RefusedPin _refusedPin = RefusedPin.Of(library, processLock);
    private readonly HiddenKeys _hidden = HiddenKeys.Of(library, token);

    /// <summary>Runs the attempt.</summary>
    /// <returns>The new login; null when the HSM seems healthy, so that the old one stays.</returns>
    /// <exception cref="HsmException">There is no new login.</exception>
    public TokenLogin? Run(LoginAttempt attempt) =>
        attempt.Lost is { } lost && !attempt.IsThorough && SeemsHealthy(attempt, lost) ? null : Reconnect(attempt);

    /// <summary>Ends a login that no new call uses.</summary>
    /// <returns>False when calls hang in it: it ends when they return.</returns>
    public bool TearDown(TokenLogin login)
    {
        ModuleFile module = ModuleFile.Open(library);
        login.Sessions.Close();
        if (login.Sessions.Drain(limits.Call))
        {
            using FileStream held = processLock.Enter(limits.Lock);
            return EndLogin(module, login);
        }

        login.Sessions.Abandon(() => EndLogin(module, login));
        return false;
    }

    private static bool EndLogin(ModuleFile module, TokenLogin login)
    {
        bool isClean = login.Close();
        module.Release(login.Instance, isSuspect: !isClean);
        return true;
    }

    // A session can be lost although the HSM is not.
    private bool SeemsHealthy(LoginAttempt attempt, TokenLogin lost)
    {
        if (health.IsFrozen(lost.Sessions, Environment.TickCount64))
        {
            return false;
        }

        using FileStream held = attempt.Enter(processLock, limits.Lock);
        return lost.Probe().IsOk && lost.IsLoggedIn();
    }

    private TokenLogin Reconnect(LoginAttempt attempt)
    {
        ModuleFile module = ModuleFile.Open(library);
        if (attempt.Lost is { } lost)
        {
            if (CloseLost(attempt, module, lost) is { } resumed)
            {
                return resumed;
            }

            state.RecordThorough(Environment.TickCount64);
        }

        ModuleInstance? instance = null;
        try
        {
            ulong slot;
            using (attempt.Enter(processLock, limits.Lock))
            {
                instance = module.Acquire(library, out bool isFresh);
                (slot, TokenInfo info) = FindToken(module, instance, isFresh);
                CryptoUser.RequireUsable(info);
                Mechanisms.Require(instance.Native, slot, info.Label);
            }

            attempt.AwaitPermission();
            using FileStream held = attempt.Enter(processLock, limits.Lock);
            return LogIn(attempt, instance, slot, resumed: attempt.Lost is not null);
        }
        catch
        {
            if (instance is not null)
            {
                module.Release(instance);
            }

            throw;
        }
    }

    /// <summary>Ends a lost login.</summary>
    /// <returns>
    /// A new login, when only the old one was lost and not the HSM: it does not disturb the instance. Null when a login from scratch is
    /// needed.
    /// </returns>
    private TokenLogin? CloseLost(LoginAttempt attempt, ModuleFile module, TokenLogin lost)
    {
        bool isFrozen = health.IsFrozen(lost.Sessions, Environment.TickCount64);
        if (isFrozen && (!module.MayBeCopied || !state.MayAbandon()))
        {
            throw new HsmException(HsmFailure.Unreachable, $"The token '{token.TokenLabel}' does not answer a call.");
        }

        state.Drop(lost);
        lost.Sessions.Close();
        if (isFrozen || !lost.Sessions.Drain(limits.Call))
        {
            state.Abandon();
            lost.Sessions.Abandon(() =>
            {
                state.RecordReturn();
                EndLogin(module, lost);
            });
            return null;
        }

        using FileStream held = attempt.Enter(processLock, limits.Lock);
        bool isThere = !attempt.IsThorough && lost.Probe().IsOk;
        lost.Close();
        if (isThere)
        {
            try
            {
                return LogIn(attempt, lost.Instance, lost.Slot, resumed: true);
            }
            catch (HsmException exception) when (!ReturnValueMap.IsRefusal(exception.Failure))
            {
                // Log in from scratch, then.
            }
            catch
            {
                module.Release(lost.Instance, isSuspect: true);
                throw;
            }
        }

        module.Release(lost.Instance, isSuspect: true);
        return null;
    }

    // An instance that has served others may not know of a token that was added or came back since.
    private (ulong Slot, TokenInfo Info) FindToken(ModuleFile module, ModuleInstance instance, bool isFresh)
    {
        try
        {
            return TokenSlots.Read(instance.Native).Require(token);
        }
        catch (HsmException)
        {
            if (isFresh || !module.TryRenew(instance))
            {
                throw;
            }

            return TokenSlots.Read(instance.Native).Require(token);
        }
    }

    // Called with the lock of the token.
    private TokenLogin LogIn(LoginAttempt attempt, ModuleInstance instance, ulong slot, bool resumed)
    {
        try
        {
            return Offer(attempt, instance, slot, resumed);
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.InvalidCredentials)
        {
            // When the reply to a PIN change was lost, it can be either PIN.
            if (!state.Pins.TryUseUncertain(attempt))
            {
                throw;
            }

            return Offer(attempt, instance, slot, resumed);
        }
    }

    // The PIN of a new connection is offered, because a user chose to. A PIN that would be offered again is not, if another process was
    // refused with it.
    private TokenLogin Offer(LoginAttempt attempt, ModuleInstance instance, ulong slot, bool resumed)
    {
        bool offersAcceptedPin = state.Pins.IsAccepted(attempt.Pin);
        return attempt.Pin.Use(pin =>
        {
            if (offersAcceptedPin && _refusedPin.Is(pin))
            {
                throw new HsmException(
                    HsmFailure.InvalidCredentials,
                    $"The token '{token.TokenLabel}' refused the PIN to another process; it is not offered again.");
            }

            try
            {
                using InstanceTurns.Turn turn = instance.Turns.Take();
                TokenLogin login = TokenLogin.Open(instance, token, _hidden, slot, pin, resumed);
                _refusedPin.Forget();
                return login;
            }
            catch (HsmException exception) when (exception.Failure == HsmFailure.InvalidCredentials)
            {
                _refusedPin.Remember(pin);
                throw;
            }
        });
    }
}
