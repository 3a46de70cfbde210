using System.Net.Security;
using System.Security.Authentication;

namespace KmsTools.Http;

/// <summary>The TLS handshakes of a server: TLS 1.2 and 1.3.</summary>
public static class ServerHandshake
{
    /// <summary>The options of one handshake.</summary>
    /// <param name="certificate">The certificate, as it is now.</param>
    /// <param name="clients">Who has to have issued the certificate of a client; null asks for none.</param>
    /// <param name="suites">
    /// The only cipher suites; null for those of the system. On Windows the system decides in any case: it has no choice for one program.
    /// </param>
    public static SslServerAuthenticationOptions Of(
        CertificateSource certificate, ClientAuthorities? clients, CipherSuitesPolicy? suites = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        SslServerAuthenticationOptions handshake = new()
        {
            ServerCertificateContext = certificate.Current,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CipherSuitesPolicy = suites,
        };
        clients?.Require(handshake);
        return handshake;
    }

    /// <summary>The policy of these cipher suites; null where the system decides.</summary>
    public static CipherSuitesPolicy? Only(params TlsCipherSuite[] suites) =>
        OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() ? new CipherSuitesPolicy(suites) : null;
}
