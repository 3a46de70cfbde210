using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <content>
/// Work with the objects of an HSM and with its PIN, on threads that callers stop waiting for when the HSM does not answer.
/// </content>
internal sealed partial class Hsm
{
    /// <summary>Whether the HSM is logged in and answers now. Tries to recover a lost one, no matter when the last attempt was.</summary>
    public bool IsActive()
    {
        _state.AllowRetryNow();
        try
        {
            Manage(new ProbeCall());
            return true;
        }
        catch (HsmException)
        {
            return false;
        }
    }

    /// <summary>Runs work with objects, and first recovers a lost HSM if that can be done soon.</summary>
    /// <exception cref="HsmException">
    /// The work failed. Unreachable also when the HSM did not answer in time; the work may still be carried out.
    /// </exception>
    public void Manage(IObjectCall call) => Finish(StartManaging(call));

    /// <summary>Starts <see cref="Manage"/>.</summary>
    public Task<bool> StartManaging(IObjectCall call) => Detached.Start(() =>
    {
        ManagePatiently(call);
        return true;
    });

    /// <summary>Waits for the work that <see cref="StartManaging"/> started.</summary>
    public void Finish(Task<bool> work)
    {
        if (!Detached.TryWait(work, _limits.LongWork + _limits.Lock, out _, IsFrozen))
        {
            _login.ReconnectInBackground(_state.Current, ReturnValue.NoReply);
            throw _state.Lost(ReturnValue.NoReply);
        }
    }

    /// <summary>Gives the crypto user a new PIN.</summary>
    /// <exception cref="HsmException">
    /// The HSM did not accept it. Unreachable: the HSM did not answer; when it comes back, it is determined which PIN it has.
    /// </exception>
    public void ChangePin(Secret oldPin, Secret newPin)
    {
        TokenLogin login = _state.Current ?? throw _state.Lost(_state.LastError);
        AcceptedPin next = newPin.Use(static pin => new AcceptedPin(pin));
        _state.BeginPinChange(next);

        // Only once: after a lost reply the old PIN may be wrong.
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
            _state.Pins.CancelChange(next);
            throw;
        }

        if (!result.IsOk)
        {
            _login.ReconnectInBackground(login, result);
            throw _state.Lost(result);
        }

        _state.Pins.Accept(next);
    }

    /// <summary>Gives the crypto user the old PIN again, whether or not the HSM accepted the new one.</summary>
    public void RestorePin(Secret oldPin, Secret newPin)
    {
        Manage(new ProbeCall());
        try
        {
            ChangePin(newPin, oldPin);
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.InvalidCredentials)
        {
            // It did not accept the new one.
            ChangePin(oldPin, oldPin);
        }
    }

    /// <summary>The PIN that the HSM accepts.</summary>
    /// <exception cref="HsmException">The HSM is lost.</exception>
    public Secret CurrentPin() => _state.CurrentPin();

    /// <summary>Whether it does not answer now.</summary>
    public bool IsFrozen()
    {
        long now = Environment.TickCount64;
        return _state.Current is { } login
            ? IsFrozen(login, now)
            : _state.Attempt is { } attempt && attempt.IsOverdue(_limits.Connect, now);
    }

    private void ManagePatiently(IObjectCall call)
    {
        for (int attempt = 1; ; attempt++)
        {
            TokenLogin? login = _state.Current;
            ReturnValue result = login is null ? _state.LastError
                : IsFrozen(login, Environment.TickCount64) ? ReturnValue.NoReply
                : ManageOnce(login, call);
            if (result.IsOk)
            {
                return;
            }

            RecoverOrThrow(login, result, attempt);
        }
    }

    private ReturnValue ManageOnce(TokenLogin login, IObjectCall call)
    {
        ReturnValue result = _objects.Run(login, _limits.Lock, _limits.Call, session =>
        {
            // Whether it answers at all is known sooner than whether it does the work.
            login.Probe().ThrowUnlessOk();
            session.Begin(call.Limit(_limits), Environment.TickCount64);
            call.Invoke(login, session);
        });
        if (result.IsOk)
        {
            _health.RecordAnswer(Environment.TickCount64);
        }
        else
        {
            _objects.ThrowUnlessLost(login, null, result);
        }

        return result;
    }
}
