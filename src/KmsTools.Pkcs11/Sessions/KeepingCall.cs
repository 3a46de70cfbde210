using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// Finds out, once for each login, whether a key whose CKA_EXTRACTABLE is false stays in the HSM: a module that wraps it all the same (NSS)
/// gives it to whoever may log in.
/// </summary>
internal sealed class KeepingCall : IObjectCall
{
    // Of an RSA key that was made for this. Nobody has its private half, nor needs it: what is wrapped is thrown away.
    private static readonly TransportPublicKey Outsider = new(
        Convert.FromBase64String(
            "u0kBYKM9IELtLpxkDfqiReue3PTheRmlPuTSzwWHGzKJ3Ns3fbgy7g+k53g9jYB8GZNYKKYZGsvMxYEiFwee+qF/MiCnTj/JolKe"
            + "hhQrt6+L3b3zEHFJHX7tbUYlx4SLWKzYeunGRkCJKTaeroRnbmld6hfvK3hZ+1+WXGo8rbFXqhx8KsU81LD8ZIJsmrVOlF0bH37x"
            + "Qp78Z0gjyF+4JOZqq3qhU97wweUA7m4ppK/Eiu0ojY6Hw6gHKRycQVLpA8oUDKvR4xr7u1/iVR8QMXrU5Jzv6NuwDfsdrt3jJcuj"
            + "8HQVIXCCyyOk2Ct7llf9xxEN45GjcO6TZQP3kbKtWQ=="),
        [0x01, 0x00, 0x01],
        CKM_SHA256);

    /// <summary>Whether nothing shows that keys can leave.</summary>
    public bool Keeps { get; private set; } = true;

    public TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    public void Invoke(TokenLogin login, HsmSession session)
    {
        login.KeepsKeys ??= Refuses(session);
        Keeps = login.KeepsKeys.Value;
    }

    // For whatever reason: a module that cannot wrap at all keeps its keys as well.
    private static bool Refuses(HsmSession session)
    {
        List<ulong> temporary = [];
        byte[] wrapped = new byte[Outsider.Modulus.Length];
        try
        {
            ulong outsider = Outsider.Import(session);
            temporary.Add(outsider);
            ulong key = TransportKey.SessionKey(session, isExtractable: false);
            temporary.Add(key);
            _ = Outsider.Wrap(session, outsider, key, wrapped);
            return false;
        }
        catch (CryptokiException exception) when (!ReturnValueMap.MeansLostSession(exception.Result))
        {
            return true;
        }
        finally
        {
            Array.Clear(wrapped);
            temporary.ForEach(session.Discard);
        }
    }
}
