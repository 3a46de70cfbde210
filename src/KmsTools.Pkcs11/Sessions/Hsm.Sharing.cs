using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <content>Who uses an HSM, and the PIN that they share.</content>
internal sealed partial class Hsm
{
    private static readonly Dictionary<(LibraryReference Library, string Label, string SerialNumber), Hsm> All = [];

    private int _shares;

    /// <summary>The HSM of this process for a token; made if there is none. Pairs with <see cref="Leave"/>.</summary>
    public static Hsm Join(LibraryReference library, HsmToken token, HsmTimeLimits limits)
    {
        lock (All)
        {
            if (!All.TryGetValue((library, token.TokenLabel, token.SerialNumber), out Hsm? hsm))
            {
                hsm = new(library, token, limits);
                All.Add((library, token.TokenLabel, token.SerialNumber), hsm);
            }

            hsm._shares++;
            return hsm;
        }
    }

    /// <summary>Gives up a share. The last one logs out, or stops waiting for an HSM that does not let it.</summary>
    public void Leave()
    {
        lock (All)
        {
            if (--_shares > 0)
            {
                return;
            }

            All.Remove((_library, _token.TokenLabel, _token.SerialNumber));
        }

        TokenLogin? login;
        Attempt? attempt;
        lock (_state)
        {
            _isClosed = true;
            (login, attempt) = (_login, _attempt);
            _login = null;
            if (!ReferenceEquals(attempt?.Pin, _pin))
            {
                _pin?.Dispose();
            }
        }

        attempt?.MayLogIn.TrySetResult(false);
        if (attempt is not null)
        {
            // It tears down what it made.
            _ = Detached.TryWait(attempt.Done.Task, _limits.Call, out _);
        }

        if (login is not null)
        {
            _ = Detached.TryWait(Detached.Start(() => TearDown(login)), _limits.Connect, out _);
        }
    }

    /// <summary>Gives the crypto user a new PIN.</summary>
    /// <exception cref="HsmException">
    /// The HSM did not take it. Unreachable: it did not tell; when it comes back it is found out which PIN it has.
    /// </exception>
    public void ChangePin(Secret oldPin, Secret newPin)
    {
        TokenLogin login = _login ?? throw Lost(_lastTrouble);
        AcceptedPin next = newPin.Use(static pin => new AcceptedPin(pin));
        lock (_state)
        {
            _uncertainPin = next;
        }

        // Once only: after a lost reply the old PIN may be a wrong one.
        ReturnValue result = default;
        try
        {
            Finish(Detached.Start(() =>
            {
                result = ManageOnce(login, new SetPinCall(oldPin, newPin));
                return result.IsOk;
            }));
        }
        catch (HsmException exception) when (exception.Failure != HsmFailure.Unreachable)
        {
            lock (_state)
            {
                _uncertainPin = null;
                next.Dispose();
            }

            throw;
        }

        if (!result.IsOk)
        {
            BringBack(login, result);
            throw Lost(result);
        }

        lock (_state)
        {
            Accept(next);
        }
    }

    /// <summary>Gives the crypto user the old PIN again, whether or not the HSM took the new one.</summary>
    public void RestorePin(Secret oldPin, Secret newPin)
    {
        Manage(new ProbeCall());
        try
        {
            ChangePin(newPin, oldPin);
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.InvalidCredentials)
        {
            // It did not take the new one.
            ChangePin(oldPin, oldPin);
        }
    }

    /// <summary>The PIN that the HSM accepts.</summary>
    /// <exception cref="HsmException">The HSM is lost.</exception>
    public Secret CurrentPin()
    {
        lock (_state)
        {
            return _login is null || _pin is null ? throw Lost(_lastTrouble) : _pin.Use(Secret.CopyOf);
        }
    }

    private bool TearDown(TokenLogin login)
    {
        ModuleFile module = ModuleFile.Open(_library);
        login.Sessions.Shut();
        if (login.Sessions.Drain(_limits.Call))
        {
            using FileStream held = _processLock.Enter(_limits.Lock);
            return EndLogin(module, login);
        }

        login.Sessions.Abandon(() => EndLogin(module, login));
        return false;
    }

    private static bool EndLogin(ModuleFile module, TokenLogin login)
    {
        login.Close();
        module.Release(login.Instance);
        return true;
    }
}
