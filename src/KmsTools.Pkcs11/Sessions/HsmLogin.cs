using System.Diagnostics.CodeAnalysis;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// Logs this process in to one HSM, initially and after a loss: runs the attempts that <see cref="LoginState"/> decides on, each on a
/// separate thread, and waits for them, but not for longer than the HSM may take.
/// </summary>
internal sealed class HsmLogin(LoginState state, LoginProcedure procedure, HsmTimeLimits limits)
{
    /// <summary>Begins to log in with the PIN of a new connection. The PIN is not offered before <see cref="EndConnect"/>.</summary>
    /// <returns>The ticket for <see cref="EndConnect"/>; null when this process is logged in.</returns>
    /// <exception cref="HsmException">InvalidCredentials: this process is logged in with another PIN.</exception>
    public LoginAttempt? BeginConnect(ReadOnlySpan<byte> pin)
    {
        LoginAttempt? attempt = state.BeginConnect(pin, Environment.TickCount64, out bool isNew);
        if (isNew)
        {
            Start(attempt!);
        }

        return attempt;
    }

    /// <summary>Offers the PIN and waits for the end.</summary>
    /// <param name="begun">What <see cref="BeginConnect"/> returned.</param>
    /// <param name="pin">The PIN.</param>
    /// <returns>Null when logged in; otherwise why not (yet).</returns>
    public HsmException? EndConnect(LoginAttempt? begun, ReadOnlySpan<byte> pin)
    {
        if (begun is null)
        {
            return null;
        }

        if (!TryWait(begun, begun.Prepared, out _))
        {
            return state.Lost(ReturnValue.NoReply);
        }

        begun.Allow();
        return TryWait(begun, begun.Ended, out HsmException? failure)
            ? failure ?? state.Check(begun, pin)
            : state.Lost(ReturnValue.NoReply);
    }

    /// <summary>After a successful connect to other HSMs of the cluster: lets this one come back by itself with the same PIN.</summary>
    public void ReconnectLater(LoginAttempt? begun, ReadOnlySpan<byte> pin)
    {
        state.Adopt(begun, pin);
        begun?.Allow();
    }

    /// <summary>Tries to recover a lost HSM in the background, if an attempt is due.</summary>
    /// <param name="lost">The login that was found lost; null if there was none.</param>
    /// <param name="error">What the module returned to the call.</param>
    public void ReconnectInBackground(TokenLogin? lost, ReturnValue error)
    {
        if (state.ReconnectInBackground(lost, error, Environment.TickCount64) is { } attempt)
        {
            Start(attempt);
        }
    }

    /// <summary>Replaces a login that a call found lost with a new one, unless another thread has already done so.</summary>
    /// <param name="lost">The login that the call used; null if there was none.</param>
    /// <param name="error">What the module returned to the call.</param>
    /// <param name="thorough">Whether to start from scratch even if the HSM seems healthy.</param>
    /// <exception cref="HsmException">The HSM does not come back now.</exception>
    public void Recover(TokenLogin? lost, ReturnValue error, bool thorough)
    {
        LoginAttempt? attempt = state.Recover(lost, error, thorough, Environment.TickCount64, out bool isNew);
        if (isNew)
        {
            Start(attempt!);
        }

        if (attempt is not null && (!TryWait(attempt, attempt.Ended, out HsmException? failure) || failure is not null))
        {
            throw state.Lost(error);
        }
    }

    /// <summary>Logs out, or stops waiting for an HSM that hangs.</summary>
    public void Close()
    {
        (TokenLogin? login, LoginAttempt? attempt) = state.Close();
        if (attempt is not null)
        {
            // It ends the login that it created.
            attempt.GiveUp();
            _ = Detached.TryWait(attempt.Ended, limits.Call, out _);
        }

        if (login is not null)
        {
            _ = Detached.TryWait(Detached.Start(() => procedure.TearDown(login)), limits.Connect, out _);
        }
    }

    private void Start(LoginAttempt attempt) => _ = Detached.Start(() =>
    {
        Run(attempt);
        return true;
    });

    private void Run(LoginAttempt attempt)
    {
        TokenLogin? next = null;
        HsmException? failure = null;
        try
        {
            next = procedure.Run(attempt);
        }
        catch (HsmException exception)
        {
            failure = exception;
        }
#pragma warning disable CA1031 // Threads that wait for the attempt must get its failure.
        catch (Exception exception)
        {
            failure = new(HsmFailure.Failed, exception.Message, exception);
        }
#pragma warning restore CA1031

        TokenLogin? unwanted = state.Publish(attempt, next, failure, Environment.TickCount64);
        attempt.End(failure);
        if (unwanted is not null)
        {
            procedure.TearDown(unwanted);
        }
    }

    private bool TryWait<T>(LoginAttempt attempt, Task<T> task, [MaybeNullWhen(false)] out T result) => Detached.TryWait(
        task, limits.Connect + limits.Lock, out result, () => attempt.IsOverdue(limits.Connect, Environment.TickCount64));
}
