using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// The login of this process to one HSM, as a state machine: logged in or not, an attempt in progress or not, and what may be tried next.
/// Starts no thread, calls no module and reads no clock; <see cref="HsmLogin"/> does what it decides.
/// </summary>
/// <remarks>Its lock is never held while the module is called, and no other lock is taken under it.</remarks>
#pragma warning disable CA1001 // The PINs end with Close, or with the attempt that still uses one.
internal sealed class LoginState
#pragma warning restore CA1001
{
    /// <summary>How many abandoned attempts and logins may hang in the module at once.</summary>
    public const int MaxAbandoned = 4;

    private readonly Lock _lock = new();
    private readonly string _label;
    private readonly HsmTimeLimits _limits;
    private readonly Health _health;
    private readonly PinState _pins;
    private readonly RetrySchedule _schedule = new();

    // Written under the lock, read by calls without the lock.
    private volatile TokenLogin? _current;
    private volatile LoginAttempt? _attempt;

    // Guarded by the lock.
    private ReturnValue _lastError = ReturnValue.NoReply;
    private HsmException? _lastFailure;
    private int _abandoned;
    private bool _isClosed;

    public LoginState(string label, HsmTimeLimits limits, Health health)
    {
        _label = label;
        _limits = limits;
        _health = health;
        _pins = new PinState(_lock);
    }

    /// <summary>The PINs of the crypto user.</summary>
    public PinState Pins => _pins;

    /// <summary>The login that calls use; null while there is none.</summary>
    public TokenLogin? Current => _current;

    /// <summary>The attempt in progress; null if there is none.</summary>
    public LoginAttempt? Attempt => _attempt;

    /// <summary>What the module returned to the call that began the last failed attempt.</summary>
    public ReturnValue LastError
    {
        get
        {
            lock (_lock)
            {
                return _lastError;
            }
        }
    }

    /// <summary>Begins to log in with the PIN of a new connection, or joins the attempt in progress.</summary>
    /// <param name="pin">The PIN.</param>
    /// <param name="now">The time.</param>
    /// <param name="isNew">Whether the attempt has to be started. It must not offer its PIN before it is allowed to.</param>
    /// <returns>The attempt to wait for; null when logged in.</returns>
    /// <exception cref="HsmException">InvalidCredentials: this process is logged in with another PIN.</exception>
    public LoginAttempt? BeginConnect(ReadOnlySpan<byte> pin, long now, out bool isNew)
    {
        isNew = false;
        lock (_lock)
        {
            // The login is shared and no module checks a PIN twice, so it is compared with the one that was accepted.
            if (_current is not null && _pins.Accepted is { } accepted)
            {
                return accepted.Matches(pin) ? null : throw OtherPin();
            }

            isNew = _attempt is null;
            return _attempt ??= new(new AcceptedPin(pin), null, _lastError, thorough: true, now);
        }
    }

    /// <summary>
    /// Compares the PIN of a connection with the one that its attempt logged in with: another connection may have begun the attempt.
    /// </summary>
    /// <returns>Null when they are the same.</returns>
    public HsmException? Check(LoginAttempt attempt, ReadOnlySpan<byte> pin)
    {
        lock (_lock)
        {
            return attempt.Pin.Matches(pin) ? null : OtherPin();
        }
    }

    /// <summary>After a successful connect to other HSMs of the cluster: allows logging in to this one later with the same PIN.</summary>
    public void Adopt(LoginAttempt? begun, ReadOnlySpan<byte> pin)
    {
        lock (_lock)
        {
            if (_current is null)
            {
                // A refusal of this very PIN, when it comes, must be remembered.
                _pins.Adopt(begun is not null && ReferenceEquals(begun, _attempt) ? begun.Pin : new AcceptedPin(pin));
            }
        }
    }

    /// <summary>Whether an attempt to recover a lost HSM in the background is due.</summary>
    public bool IsReconnectDue(long now) => (_attempt is null || IsStuck(now)) && _schedule.MayTry(now);

    /// <summary>Decides on an attempt in the background.</summary>
    /// <param name="lost">The login that was found lost; null if there was none.</param>
    /// <param name="error">What the module returned to the call.</param>
    /// <param name="now">The time.</param>
    /// <returns>The attempt to start; null when there is nothing to do, or not yet.</returns>
    public LoginAttempt? ReconnectInBackground(TokenLogin? lost, ReturnValue error, long now)
    {
        lock (_lock)
        {
            bool thorough = _schedule.SeemedHealthyLately(now);
            return !_isClosed && ReferenceEquals(lost, _current) && MayStart(now, thorough && lost is not null)
                ? Start(lost, error, thorough || lost is null, now)
                : null;
        }
    }

    /// <summary>Decides how a call that found its login lost continues.</summary>
    /// <param name="lost">The login that the call used; null if there was none.</param>
    /// <param name="error">What the module returned to the call.</param>
    /// <param name="thorough">Whether to start from scratch even if the HSM seems healthy.</param>
    /// <param name="now">The time.</param>
    /// <param name="isNew">Whether the attempt is to be started.</param>
    /// <returns>The attempt to wait for; null when another thread has replaced the lost login with a new one.</returns>
    /// <exception cref="HsmException">No attempt is made on the HSM now.</exception>
    public LoginAttempt? Recover(TokenLogin? lost, ReturnValue error, bool thorough, long now, out bool isNew)
    {
        isNew = false;
        lock (_lock)
        {
            if (_isClosed)
            {
                throw Lost(error);
            }

            if (!ReferenceEquals(lost, _current))
            {
                return null;
            }

            if (_attempt is { } attempt && !IsStuck(now))
            {
                return attempt;
            }

            isNew = MayStart(now, thorough);
            return isNew ? Start(lost, error, thorough, now) : throw Lost(error);
        }
    }

    /// <summary>Accepts the result of an attempt that is over.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="next">The new login; null if there is none.</param>
    /// <param name="failure">Why there is none; null when the HSM seems healthy, so that the old login stays.</param>
    /// <param name="now">The time.</param>
    /// <returns>A login that came too late and has to be ended; otherwise null.</returns>
    public TokenLogin? Publish(LoginAttempt attempt, TokenLogin? next, HsmException? failure, long now)
    {
        lock (_lock)
        {
            if (attempt.IsAbandoned)
            {
                _abandoned--;
                _pins.Release(attempt.Pin);
                return next;
            }

            _attempt = null;
            if (_isClosed)
            {
                _pins.Dispose();
                attempt.Pin.Dispose();
                return next;
            }

            if (next is not null)
            {
                _pins.Accept(attempt.Pin);
                _lastFailure = null;
                _health.RecordLogin(now);
                _current = next;
            }
            else if (failure is null)
            {
                _schedule.RecordHealthy(now);
            }
            else
            {
                (_lastError, _lastFailure) = (attempt.Error, failure);
                _pins.RecordFailure(attempt.Pin, failure.Failure);
                _schedule.RecordFailure(now);
            }

            return null;
        }
    }

    /// <summary>Prevents any further call from using this login.</summary>
    public void Drop(TokenLogin lost)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_current, lost))
            {
                _current = null;
            }
        }
    }

    /// <summary>Records that an attempt starts from scratch, so that the next one from scratch has to wait.</summary>
    public void RecordThorough(long now) => _schedule.RecordThorough(now);

    /// <summary>Whether one more call may be left hanging in the module.</summary>
    public bool MayAbandon()
    {
        lock (_lock)
        {
            return _abandoned < MaxAbandoned;
        }
    }

    /// <summary>Counts a login that is abandoned because its calls hang in the module.</summary>
    public void Abandon()
    {
        lock (_lock)
        {
            _abandoned++;
        }
    }

    /// <summary>Stops counting a login that was abandoned: its calls have returned.</summary>
    public void RecordReturn()
    {
        lock (_lock)
        {
            _abandoned--;
        }
    }

    /// <summary>Lets the next call try a lost HSM, no matter when the last attempt was.</summary>
    public void AllowRetryNow()
    {
        lock (_lock)
        {
            if (_current is null)
            {
                _schedule.AllowNow();
            }
        }
    }

    /// <summary>Records that the HSM is about to be asked to accept another PIN.</summary>
    public void BeginPinChange(AcceptedPin next)
    {
        lock (_lock)
        {
            _pins.BeginChange(next, _attempt?.Pin);
        }
    }

    /// <summary>A copy of the PIN that the HSM accepts.</summary>
    /// <exception cref="HsmException">The HSM is lost.</exception>
    public Secret CurrentPin()
    {
        lock (_lock)
        {
            return _current is null || _pins.Accepted is null ? throw Lost(_lastError) : _pins.Accepted.Use(Secret.CopyOf);
        }
    }

    /// <summary>Prevents further attempts, and forgets the PINs.</summary>
    /// <returns>The login to end and the attempt to abandon, if there are any.</returns>
    public (TokenLogin? Login, LoginAttempt? Attempt) Close()
    {
        lock (_lock)
        {
            (TokenLogin? login, LoginAttempt? attempt) = (_current, _attempt);
            (_isClosed, _current) = (true, null);
            _pins.DisposeExcept(attempt?.Pin);
            return (login, attempt);
        }
    }

    /// <summary>The exception for a call when the HSM does not come back.</summary>
    /// <param name="error">What the module returned to the call that found it lost.</param>
    public HsmException Lost(ReturnValue error)
    {
        lock (_lock)
        {
            // A refused PIN is the only failure that does not resolve itself with time.
            HsmFailure failure = _pins.Refusal ?? HsmFailure.Unreachable;
            HsmException? last = _lastFailure;
            string what = error == ReturnValue.NoReply ? "it does not answer" : error.ToString();
            string why = error == ReturnValue.NoReply && last is not null && last.Failure != HsmFailure.Unreachable
                ? $"cannot be used: {last.Message}"
                : $"was lost: {(last is null ? what : $"{what}; {last.Message}")}";
            return new HsmException(failure, $"The token '{_label}' {why}", last);
        }
    }

    private HsmException OtherPin() =>
        new(HsmFailure.InvalidCredentials, $"This process is logged in to the token '{_label}' with another PIN.");

    private bool IsStuck(long now) => _attempt is { } attempt && attempt.IsOverdue(_limits.Attempt, now);

    private bool MayStart(long now, bool thorough)
    {
        if (_pins.Accepted is null || _pins.Refusal is not null || !(thorough ? _schedule.MayTryThoroughly(now) : _schedule.MayTry(now)))
        {
            return false;
        }

        if (_attempt is { } attempt)
        {
            if (!IsStuck(now) || _abandoned >= MaxAbandoned)
            {
                return false;
            }

            // It hangs in the module. Another instance may succeed: the connection of this one may be dead for good.
            attempt.Abandon();
            _abandoned++;
            _attempt = null;
        }

        return true;
    }

    private LoginAttempt Start(TokenLogin? lost, ReturnValue error, bool thorough, long now)
    {
        LoginAttempt attempt = new(_pins.Accepted!, lost, error, thorough, now);
        attempt.Allow();
        _attempt = attempt;
        return attempt;
    }
}
