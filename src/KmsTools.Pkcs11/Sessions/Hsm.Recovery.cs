using System.Diagnostics.CodeAnalysis;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <content>How an HSM is logged in to, first and again, and how a lost one comes back.</content>
internal sealed partial class Hsm
{
    private const int MaximumAbandoned = 4;

    /// <summary>How long after a failed try the next call tries again. Everyone in between is told at once.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // Guards what follows. Never held while the module is called.
    private readonly Lock _state = new();

    private volatile Attempt? _attempt;
    private AcceptedPin? _pin;
    private AcceptedPin? _uncertainPin;
    private ReturnValue _lastTrouble = Silent;
    private HsmException? _lastFailure;
    private bool _refused;
    private bool _isClosed;
    private int _abandoned;
    private long _notBefore = long.MinValue;
    private long _notThoroughBefore = long.MinValue;
    private long _seemedWellAt = long.MinValue / 2;

    /// <summary>One try to log in, on a thread of its own.</summary>
    private sealed class Attempt(AcceptedPin pin)
    {
        private const long Waiting = long.MaxValue / 2;

        private long _since = Environment.TickCount64;

        /// <summary>Since when the HSM is asked. Waiting for other processes does not count: they are at work with it, and that has its own limit.</summary>
        public long Since => Volatile.Read(ref _since);

        public AcceptedPin Pin { get; set; } = pin;

        /// <summary>Set when the token was found, or could not be.</summary>
        public TaskCompletionSource<bool> Prepared { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Set when the PIN may be offered, or must not be.</summary>
        public TaskCompletionSource<bool> MayLogIn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Set at the end: null, or what went wrong.</summary>
        public TaskCompletionSource<HsmException?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The lock between processes that it holds, or held last.</summary>
        public FileStream? Held { get; private set; }

        public bool IsAbandoned { get; set; }

        public FileStream Enter(InterProcessLock processLock, TimeSpan patience)
        {
            Volatile.Write(ref _since, Waiting);
            try
            {
                return Held = processLock.Enter(patience);
            }
            finally
            {
                Volatile.Write(ref _since, Environment.TickCount64);
            }
        }

        public bool IsOverdue(TimeSpan limit) => Environment.TickCount64 - Since > limit.TotalMilliseconds;
    }

    /// <summary>Begins to log in with the PIN of a new connection. The PIN is not offered before <see cref="EndConnect"/>.</summary>
    /// <exception cref="HsmException">InvalidCredentials: this process is logged in with another PIN.</exception>
    public object? BeginConnect(ReadOnlySpan<byte> pin)
    {
        lock (_state)
        {
            // The login is shared and no module checks a PIN twice, so it is compared with the one that was accepted.
            if (_login is not null && _pin is not null)
            {
                return _pin.Matches(pin)
                    ? null
                    : throw new HsmException(
                        HsmFailure.InvalidCredentials, $"This process is logged in to the token '{Label}' with another PIN.");
            }

            return _attempt ?? Start(new AcceptedPin(pin), null, _lastTrouble, thorough: true);
        }
    }

    /// <summary>Offers the PIN and waits for the end.</summary>
    /// <param name="begun">What <see cref="BeginConnect"/> gave.</param>
    /// <param name="pin">The PIN.</param>
    /// <returns>Null when logged in; otherwise why not (yet).</returns>
    public HsmException? EndConnect(object? begun, ReadOnlySpan<byte> pin)
    {
        if (begun is not Attempt attempt)
        {
            return null;
        }

        if (!TryWait(attempt, attempt.Prepared.Task, out _))
        {
            return Lost(Silent);
        }

        attempt.MayLogIn.TrySetResult(true);
        if (!TryWait(attempt, attempt.Done.Task, out HsmException? failure))
        {
            return Lost(Silent);
        }

        lock (_state)
        {
            // Another connection of this process may have begun this attempt, with another PIN.
            return failure is not null || attempt.Pin.Matches(pin)
                ? failure
                : new(HsmFailure.InvalidCredentials, $"This process is logged in to the token '{Label}' with another PIN.");
        }
    }

    /// <summary>After a connect to other HSMs of the cluster went well: lets this one come back by itself with the same PIN.</summary>
    public void ComeBackLater(object? begun, ReadOnlySpan<byte> pin)
    {
        lock (_state)
        {
            if (_login is null)
            {
                // A refusal of this very PIN, when it comes, must be remembered.
                AcceptedPin next = begun is Attempt attempt && ReferenceEquals(attempt, _attempt) ? attempt.Pin : new AcceptedPin(pin);
                if (!ReferenceEquals(_pin, next))
                {
                    _pin?.Dispose();
                    (_pin, _refused) = (next, false);
                }
            }
        }

        (begun as Attempt)?.MayLogIn.TrySetResult(true);
    }

    /// <summary>After a connect failed: the PIN is not offered any more.</summary>
    public static void GiveUpConnect(object? begun) => (begun as Attempt)?.MayLogIn.TrySetResult(false);

    /// <summary>Tries in the background to bring a lost HSM back, if it is time for that.</summary>
    public void BringBack(long now)
    {
        if ((_attempt is null || IsStuck()) && now >= Volatile.Read(ref _notBefore))
        {
            TokenLogin? login = _login;
            BringBack(login, login is null ? _lastTrouble : Silent);
        }
    }

    /// <summary>Whether the HSM is logged in and answers now. Tries to bring a lost one back, whenever the last try was.</summary>
    public bool IsActive()
    {
        lock (_state)
        {
            _notBefore = _login is null ? long.MinValue : _notBefore;
        }

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

    private void BringBack(TokenLogin? lost, ReturnValue trouble)
    {
        lock (_state)
        {
            long now = Environment.TickCount64;
            bool thorough = now - _seemedWellAt < Pause.TotalMilliseconds;
            if (!_isClosed && ReferenceEquals(lost, _login) && MayStart(now, thorough && lost is not null))
            {
                _ = Start(_pin!, lost, trouble, thorough || lost is null);
            }
        }
    }

    /// <summary>Puts a new login in the place of one that a call found lost, unless another thread has done so already.</summary>
    /// <param name="lost">The login that the call used; null if there was none.</param>
    /// <param name="trouble">What the call was told.</param>
    /// <param name="thorough">Whether to start anew even if the HSM seems well.</param>
    /// <exception cref="HsmException">The HSM does not come back now.</exception>
    private void Recover(TokenLogin? lost, ReturnValue trouble, bool thorough)
    {
        Attempt? attempt;
        lock (_state)
        {
            if (_isClosed)
            {
                throw Lost(trouble);
            }

            if (!ReferenceEquals(lost, _login))
            {
                return;
            }

            long now = Environment.TickCount64;
            attempt = _attempt;
            if (attempt is null || IsStuck())
            {
                attempt = MayStart(now, thorough) ? Start(_pin!, lost, trouble, thorough) : throw Lost(trouble);
            }
        }

        if (!TryWait(attempt, attempt.Done.Task, out HsmException? failure) || failure is not null)
        {
            throw Lost(trouble);
        }
    }

    private bool TryWait<T>(Attempt attempt, Task<T> task, [MaybeNullWhen(false)] out T result)
        => Detached.TryWait(task, _limits.Connect + _limits.Lock, out result, () => attempt.IsOverdue(_limits.Connect));

    private bool IsStuck() => _attempt is { } attempt && attempt.IsOverdue(_limits.Attempt);

    private bool MayStart(long now, bool thorough)
    {
        if (_refused || _pin is null || now < _notBefore || (thorough && now < _notThoroughBefore))
        {
            return false;
        }

        if (_attempt is { } attempt)
        {
            if (!IsStuck() || _abandoned >= MaximumAbandoned)
            {
                return false;
            }

            // It hangs in the module. Another instance may have more luck: the connection of this one may be dead for good.
            attempt.IsAbandoned = true;
            attempt.Held?.Dispose();
            _abandoned++;
            _attempt = null;
        }

        return true;
    }

    private Attempt Start(AcceptedPin pin, TokenLogin? lost, ReturnValue trouble, bool thorough)
    {
        Attempt attempt = new(pin);
        if (ReferenceEquals(pin, _pin))
        {
            attempt.MayLogIn.SetResult(true);
        }

        _attempt = attempt;
        _ = Detached.Start(() =>
        {
            RunAttempt(attempt, lost, trouble, thorough);
            return true;
        });
        return attempt;
    }

    private void RunAttempt(Attempt attempt, TokenLogin? lost, ReturnValue trouble, bool thorough)
    {
        TokenLogin? next = null;
        HsmException? failure = null;
        bool seemsWell = false;
        try
        {
            seemsWell = lost is not null && !thorough && SeemsWell(attempt, lost);
            next = seemsWell ? null : ComeBack(attempt, lost, thorough);
        }
        catch (HsmException exception)
        {
            failure = exception;
        }
#pragma warning disable CA1031 // Whoever waits for the attempt must be told.
        catch (Exception exception)
        {
            failure = new(HsmFailure.Failed, exception.Message, exception);
        }
#pragma warning restore CA1031

        TokenLogin? unwanted = Publish(attempt, next, failure, trouble, seemsWell);
        attempt.Prepared.TrySetResult(true);
        attempt.Done.SetResult(failure);
        if (unwanted is not null)
        {
            TearDown(unwanted);
        }
    }

    private TokenLogin? Publish(Attempt attempt, TokenLogin? next, HsmException? failure, ReturnValue trouble, bool seemsWell)
    {
        lock (_state)
        {
            if (attempt.IsAbandoned)
            {
                _abandoned--;
                return next;
            }

            _attempt = null;
            long now = Environment.TickCount64;
            if (_isClosed)
            {
                attempt.Pin.Dispose();
                return next;
            }

            if (next is not null)
            {
                Accept(attempt.Pin);
                (_refused, _lastFailure) = (false, null);
                Volatile.Write(ref _lastAnswer, now);
                Volatile.Write(ref _avoidUntil, 0);
                _login = next;
            }
            else if (seemsWell)
            {
                _seemedWellAt = now;
            }
            else
            {
                _lastTrouble = trouble;
                _lastFailure = failure;
                _refused = ReferenceEquals(_pin, attempt.Pin) && ReturnValueMap.IsRefusal(failure!.Failure);
                Volatile.Write(ref _notBefore, now + (long)Pause.TotalMilliseconds);
            }

            return null;
        }
    }

    private void Accept(AcceptedPin pin)
    {
        foreach (AcceptedPin? other in new[] { _pin, _uncertainPin })
        {
            if (!ReferenceEquals(other, pin))
            {
                other?.Dispose();
            }
        }

        (_pin, _uncertainPin) = (pin, null);
    }

    /// <summary>A session can be lost without the HSM.</summary>
    private bool SeemsWell(Attempt attempt, TokenLogin lost)
    {
        if (IsFrozen(lost, Environment.TickCount64))
        {
            return false;
        }

        using FileStream held = attempt.Enter(_processLock, _limits.Lock);
        return lost.Probe().IsOk && lost.IsLoggedIn();
    }

    private TokenLogin ComeBack(Attempt attempt, TokenLogin? lost, bool thorough)
    {
        ModuleFile module = ModuleFile.Open(_library);
        if (lost is not null && GetRid(attempt, module, lost, thorough) is { } resumed)
        {
            return resumed;
        }

        if (lost is not null)
        {
            Volatile.Write(ref _notThoroughBefore, Environment.TickCount64 + (long)Pause.TotalMilliseconds);
        }

        ModuleInstance? instance = null;
        try
        {
            ulong slot;
            using (attempt.Enter(_processLock, _limits.Lock))
            {
                instance = module.Acquire(_library.Parameters);
                (slot, TokenInfo info) = TokenSlots.Read(instance.Native).Require(_token);
                CryptoUser.RequireUsable(info);
                RequireMechanisms(instance.Native, slot);
            }

            attempt.Prepared.TrySetResult(true);
            if (!attempt.MayLogIn.Task.GetAwaiter().GetResult())
            {
                throw new HsmException(HsmFailure.Failed, "The connect was given up.");
            }

            using (attempt.Enter(_processLock, _limits.Lock))
            {
                return Open(attempt, instance, slot, resumed: lost is not null);
            }
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

    /// <summary>Ends a lost login. When only the login was lost, not the HSM, a new one takes its place without disturbing the instance.</summary>
    private TokenLogin? GetRid(Attempt attempt, ModuleFile module, TokenLogin lost, bool thorough)
    {
        bool isFrozen = IsFrozen(lost, Environment.TickCount64);
        if (isFrozen && (!module.CanBeCopied || Volatile.Read(ref _abandoned) >= MaximumAbandoned))
        {
            throw new HsmException(HsmFailure.Unreachable, $"The token '{Label}' does not answer a call.");
        }

        lock (_state)
        {
            if (ReferenceEquals(_login, lost))
            {
                _login = null;
            }
        }

        lost.Sessions.Shut();
        if (isFrozen || !lost.Sessions.Drain(_limits.Call))
        {
            Interlocked.Increment(ref _abandoned);
            lost.Sessions.Abandon(() =>
            {
                Interlocked.Decrement(ref _abandoned);
                EndLogin(module, lost);
            });
            return null;
        }

        using FileStream held = attempt.Enter(_processLock, _limits.Lock);
        bool isThere = !thorough && lost.Probe().IsOk;
        lost.Close();
        if (isThere)
        {
            try
            {
                return Open(attempt, lost.Instance, lost.Slot, resumed: true);
            }
            catch (HsmException exception) when (!ReturnValueMap.IsRefusal(exception.Failure))
            {
                // Anew, then.
            }
            catch
            {
                module.Release(lost.Instance);
                throw;
            }
        }

        module.Release(lost.Instance);
        return null;
    }

    private TokenLogin Open(Attempt attempt, ModuleInstance instance, ulong slot, bool resumed)
    {
        try
        {
            return Offer(attempt, instance, slot, resumed);
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.InvalidCredentials && _uncertainPin is not null)
        {
            // The reply to a change of the PIN was lost, so it can be either.
            attempt.Pin = _uncertainPin;
            return Offer(attempt, instance, slot, resumed);
        }
    }

    // A new connection offers its PIN, which somebody decided on; one that comes back does not when another process was refused with it.
    private TokenLogin Offer(Attempt attempt, ModuleInstance instance, ulong slot, bool resumed)
    {
        FileStream held = attempt.Held!;
        bool comesBack = ReferenceEquals(attempt.Pin, _pin);
        return attempt.Pin.Use(pin =>
        {
            if (comesBack && RefusedPin.Is(held, pin))
            {
                throw new HsmException(
                    HsmFailure.InvalidCredentials, $"The token '{Label}' refused the PIN to another process; it is not offered again.");
            }

            try
            {
                using InstanceTurns.Turn turn = instance.Turns.Take();
                TokenLogin login = TokenLogin.Open(instance, _token, slot, pin, resumed);
                RefusedPin.Forget(held);
                return login;
            }
            catch (HsmException exception) when (exception.Failure == HsmFailure.InvalidCredentials)
            {
                RefusedPin.Remember(held, pin);
                throw;
            }
        });
    }

    private HsmException Lost(ReturnValue trouble)
    {
        // A refused PIN is the one thing that does not heal by waiting.
        HsmException? last = _lastFailure;
        HsmFailure failure = _refused && last is not null ? last.Failure : HsmFailure.Unreachable;
        string what = trouble == Silent ? "it does not answer" : trouble.ToString();
        return new HsmException(
            failure, last is null ? $"The token '{Label}' was lost: {what}" : $"The token '{Label}' was lost: {what}; {last.Message}", last);
    }

    private static void RequireMechanisms(NativeModule native, ulong slot)
    {
        ReturnValue result = native.GetMechanismList(slot, out ulong[] mechanisms);
        if (!result.IsOk)
        {
            throw ReturnValueMap.AtConnect(result);
        }

        if (!mechanisms.Contains((ulong)CKM_AES_GCM) || !mechanisms.Contains((ulong)CKM_AES_KEY_GEN))
        {
            throw new HsmException(HsmFailure.Failed, "The HSM lacks CKM_AES_GCM or CKM_AES_KEY_GEN.");
        }
    }
}
