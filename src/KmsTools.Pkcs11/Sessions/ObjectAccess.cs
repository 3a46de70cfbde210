using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// Serializes work with the objects of a token: one thread of one process at a time. Also decides, by asking the HSM, what a failed call
/// means.
/// </summary>
/// <remarks>Locks are taken in this order: the login's lock for objects, the lock between processes, a session.</remarks>
internal sealed class ObjectAccess(string label, HsmTimeLimits limits, InterProcessLock processLock, Health health)
{
    /// <summary>Runs work in a session, when it is its turn. The time limit of the HSM starts after the wait for the locks.</summary>
    /// <param name="login">The login to use.</param>
    /// <param name="maxWait">How long to wait for each lock.</param>
    /// <param name="limit">How long the HSM may take.</param>
    /// <param name="work">The work. A session in which it fails is closed.</param>
    /// <returns>OK, or the first return value that was not.</returns>
    /// <exception cref="HsmException">Unreachable: a lock was not free in time.</exception>
    public ReturnValue Run(TokenLogin login, TimeSpan maxWait, TimeSpan limit, Action<HsmSession> work)
    {
        if (!login.Objects.TryEnter(maxWait))
        {
            health.Avoid(Environment.TickCount64);
            throw new HsmException(HsmFailure.Unreachable, $"The token '{label}' has been busy for too long.");
        }

        try
        {
            using FileStream held = EnterProcessLock(maxWait);
            HsmSession? session = login.Sessions.Take(limit, Environment.TickCount64);
            if (session is null)
            {
                return SessionPool.ClosedError;
            }

            bool wentWell = false;
            try
            {
                session.Held = held;
                session.Open().ThrowUnlessOk();
                work(session);
                wentWell = true;
                return ReturnValue.Ok;
            }
            catch (CryptokiException exception)
            {
                return exception.Result;
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

    /// <summary>Whether the HSM answers, and the login is still valid.</summary>
    /// <param name="login">The login.</param>
    /// <param name="session">The session that the caller has, or null.</param>
    public bool IsHealthy(TokenLogin login, HsmSession? session)
    {
        if (session is null)
        {
            bool isHealthy = false;
            _ = Run(login, limits.Lock, limits.Call, _ =>
            {
                login.Probe().ThrowUnlessOk();
                isHealthy = login.IsLoggedIn();
            });
            return isHealthy;
        }

        using FileStream held = EnterProcessLock(limits.Lock);
        session.Begin(limits.Call, Environment.TickCount64);
        return login.Probe().IsOk && login.IsLoggedIn();
    }

    /// <summary>Throws the exception for a failed call, unless the failure may mean that the HSM or the login is lost.</summary>
    /// <param name="login">The login that the call used.</param>
    /// <param name="session">The session that the caller has, or null.</param>
    /// <param name="result">What the call returned.</param>
    /// <exception cref="HsmException">The failure of the call.</exception>
    public void ThrowUnlessLost(TokenLogin login, HsmSession? session, ReturnValue result)
    {
        if (ReturnValueMap.MeansForgery(result) || (ReturnValueMap.MayMeanForgery(result) && IsHealthy(login, session)))
        {
            throw new HsmException(HsmFailure.AuthenticationFailed, result.ToString());
        }

        if (!ReturnValueMap.MakesHsmSuspect(result))
        {
            throw ReturnValueMap.InUse(result);
        }
    }

    private FileStream EnterProcessLock(TimeSpan maxWait)
    {
        try
        {
            return processLock.Enter(maxWait);
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.Unreachable)
        {
            health.Avoid(Environment.TickCount64);
            throw;
        }
    }
}
