using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// A call in one session that can be repeated in another one if the first is lost. A structure, so that the hot path allocates nothing and
/// can pass spans.
/// </summary>
internal interface ISessionCall
{
    /// <summary>Runs the call.</summary>
    /// <param name="session">A session that only this thread uses.</param>
    /// <param name="key">Handle of the key that the call was made for; 0 if for none.</param>
    /// <returns>OK, or the first return value that was not.</returns>
    ReturnValue Invoke(HsmSession session, ulong key);

    /// <summary>How the key is found in the token; null for a key of ours, which has the CKA_ID that the call was made for.</summary>
    KeyName? Name { get; }

    /// <summary>The same call with buffers of its own.</summary>
    DetachedCall Detach();

    /// <summary>Where the output belongs.</summary>
    Span<byte> Output { get; }
}

/// <summary>
/// Creates, destroys or searches objects, which only one thread of one process may do at a time. Runs on a separate thread that the caller
/// stops waiting for when the HSM does not answer, so it holds its arguments itself.
/// </summary>
internal interface IObjectCall
{
    /// <summary>How long it may take before the HSM counts as frozen.</summary>
    TimeSpan Limit(HsmTimeLimits limits);

    /// <summary>Runs the call.</summary>
    /// <param name="login">The login that the session belongs to.</param>
    /// <param name="session">A session that only this thread uses.</param>
    /// <exception cref="CryptokiException">The HSM returned something other than OK.</exception>
    void Invoke(TokenLogin login, HsmSession session);
}
