using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <content>How a lost HSM comes back.</content>
internal sealed partial class Hsm
{
    /// <summary>How long after a failed try the next call tries again. Everyone in between is told at once.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private ReturnValue _lastTrouble = new(Cryptoki.CKR_CRYPTOKI_NOT_INITIALIZED, "C_Finalize");
    private HsmException? _lastFailure;
    private bool _refused;
    private long _notBefore = long.MinValue;
    private long _notThoroughBefore = long.MinValue;

    /// <summary>Puts a new login in the place of one that a call found lost, unless another thread has done so already.</summary>
    /// <param name="lost">The login that the call used; null if there was none.</param>
    /// <param name="trouble">What the call was told.</param>
    /// <param name="thorough">Whether to start anew even if the HSM seems well.</param>
    /// <exception cref="HsmException">The HSM does not come back now.</exception>
    private void Recover(TokenLogin? lost, ReturnValue trouble, bool thorough)
    {
        _gate.EnterWriteLock();
        try
        {
            ObjectDisposedException.ThrowIf(_shares == 0, this);
            if (!ReferenceEquals(lost, _login))
            {
                return;
            }

            if (_refused || Environment.TickCount64 < (thorough ? Math.Max(_notBefore, _notThoroughBefore) : _notBefore))
            {
                throw Lost(trouble);
            }

            ComeBack(trouble, thorough);
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    private void ComeBack(ReturnValue trouble, bool thorough)
    {
        try
        {
            using FileStream held = _instance.ProcessLock.Enter();
            if (!thorough && _login is not null && _login.Probe().IsOk)
            {
                if (_login.IsLoggedIn() || TryLogInAgain())
                {
                    return;
                }
            }

            _notThoroughBefore = Environment.TickCount64 + (long)Pause.TotalMilliseconds;
            _login = _pin.Use(StartAnew);
        }
        catch (HsmException exception)
        {
            _login = null;
            _lastTrouble = trouble;
            _lastFailure = exception;
            _refused = ReturnValueMap.IsRefusal(exception.Failure);
            _notBefore = Environment.TickCount64 + (long)Pause.TotalMilliseconds;
            throw Lost(trouble);
        }
    }

    /// <summary>The network came back but the sessions did not: no need to disturb the whole instance.</summary>
    private bool TryLogInAgain()
    {
        ulong slot = _login!.Slot;
        _login.Close();
        try
        {
            _login = _pin.Use(pin => TokenLogin.Open(_instance.Native, _token, slot, pin, resumed: true));
            return true;
        }
        catch (HsmException exception) when (!ReturnValueMap.IsRefusal(exception.Failure))
        {
            return false;
        }
    }

    private TokenLogin StartAnew(ReadOnlySpan<byte> pin)
    {
        _login = null;
        _instance.Finish();
        ReturnValue result = _instance.Initialize();
        if (!result.IsOk)
        {
            throw ReturnValueMap.AtConnect(result);
        }

        return LogIn(_instance, _token, pin, resumed: true);
    }

    /// <summary>A new connection while the HSM is lost, or its PIN refused, brings a PIN of its own.</summary>
    private void ComeBackWith(ReadOnlySpan<byte> pin)
    {
        using FileStream held = _instance.ProcessLock.Enter();
        _login = StartAnew(pin);
        _pin.Dispose();
        _pin = new AcceptedPin(pin);
        _refused = false;
    }

    private HsmException Lost(ReturnValue trouble)
    {
        // A refused PIN is the one thing that does not heal by waiting.
        HsmFailure failure = _refused && _lastFailure is not null ? _lastFailure.Failure : HsmFailure.Unreachable;
        string message = _lastFailure is null ? trouble.ToString() : $"{trouble}; {_lastFailure.Message}";
        return new HsmException(failure, $"The token '{_token.TokenLabel}' was lost: {message}", _lastFailure);
    }

    private static TokenLogin LogIn(ModuleInstance instance, HsmToken token, ReadOnlySpan<byte> pin, bool resumed)
    {
        (ulong slot, TokenInfo info) = TokenSlots.Read(instance.Native).Require(token);
        CryptoUser.RequireUsable(info);
        RequireMechanisms(instance.Native, slot);
        return TokenLogin.Open(instance.Native, token, slot, pin, resumed);
    }

    private static void RequireMechanisms(NativeModule native, ulong slot)
    {
        ReturnValue result = native.GetMechanismList(slot, out ulong[] mechanisms);
        if (!result.IsOk)
        {
            throw ReturnValueMap.AtConnect(result);
        }

        if (!mechanisms.Contains(Cryptoki.CKM_AES_GCM) || !mechanisms.Contains(Cryptoki.CKM_AES_KEY_GEN))
        {
            throw new HsmException(HsmFailure.Failed, "The HSM lacks CKM_AES_GCM or CKM_AES_KEY_GEN.");
        }
    }
}
