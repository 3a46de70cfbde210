using System.Net.Security;
using System.Security.Cryptography;
using KmsTools.Http;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy;

/// <summary>
/// The TLS of a proxy: its certificate, which is read again when its files change, and whose clients it serves, which changes with the
/// settings.
/// </summary>
internal sealed class ProxyTls : ITlsSource
{
    // What AWS KMS offers. Source: XKS proxy API 1.0.3, "Security".
    private static readonly CipherSuitesPolicy? Suites = ServerHandshake.Only(
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384);

    private volatile Files _files;

    /// <summary>Uses files that were read.</summary>
    public ProxyTls(Files files) => _files = files;

    /// <summary>When the certificate expires.</summary>
    public DateTimeOffset Expiry => _files.Certificate.Current.TargetCertificate.NotAfter;

    /// <summary>Reads the files that settings name.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="clock">The clock that decides when to inspect the certificate again.</param>
    /// <param name="warn">Is called with the reason why a renewed certificate cannot be used.</param>
    /// <exception cref="CryptographicException">A certificate cannot be used.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to a file is denied, or every user can read the private key.</exception>
    public static Files Read(TlsSettings settings, TimeProvider clock, Action<string> warn) => new(
        new CertificateSource(
            settings.CertificatePath,
            settings.KeyPath,
            Environment.GetEnvironmentVariable(ServerCertificate.PasswordVariable),
            clock,
            warn),
        settings.ClientAuthoritiesPath is { } authorities ? new ClientAuthorities([authorities], settings.ClientNames) : null);

    /// <summary>Uses these files for handshakes from now on.</summary>
    public void Use(Files files) => _files = files;

    /// <inheritdoc/>
    public SslServerAuthenticationOptions CreateOptions()
    {
        Files files = _files;
        return ServerHandshake.Of(files.Certificate, files.Clients, Suites);
    }

    /// <summary>What was read.</summary>
    /// <param name="Certificate">The certificate.</param>
    /// <param name="Clients">Whose clients are served; null for all.</param>
    internal sealed record Files(CertificateSource Certificate, ClientAuthorities? Clients);
}
