using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>
/// The TLS handshakes with a proxy: TLS 1.2 or 1.3, with a certificate that has the host as its name, has not expired, and leads to a trusted
/// root. There is no exception to that.
/// </summary>
internal static class ProxyHandshake
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string CommonName = "2.5.4.3";

    /// <summary>The options of the handshakes.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <param name="client">The certificate to show when the proxy asks for one; or null.</param>
    /// <param name="note">Is called with each certificate that was accepted.</param>
    /// <exception cref="XksException">A trust anchor cannot be read.</exception>
    public static SslClientAuthenticationOptions Of(
        XksProxyTarget proxy, SslStreamCertificateContext? client, Action<ProxyCertificate> note) => new()
        {
            TargetHost = proxy.Host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = Policy(proxy),
            ClientCertificateContext = client,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                Require(certificate, chain, errors);
                note(Of((X509Certificate2)certificate!));
                return errors == SslPolicyErrors.None;
            },
        };

    // Nothing is fetched during a handshake: neither a certificate that the proxy leaves out, nor whether one is revoked.
    private static X509ChainPolicy Policy(XksProxyTarget proxy)
    {
        X509ChainPolicy policy = new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (proxy.TrustAnchors.IsDefaultOrEmpty)
        {
            return policy;
        }

        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        foreach (string anchor in proxy.TrustAnchors)
        {
            try
            {
                policy.CustomTrustStore.ImportFromPem(anchor);
            }
            catch (CryptographicException exception)
            {
                throw new XksException(
                    XksFailure.TlsFailed, $"A trust anchor for proxies at '{proxy.Host}' is not a certificate in PEM.", exception);
            }
        }

        return policy;
    }

    private static void Require(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        string? refusal = certificate is not X509Certificate2 shown || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable)
            ? "The proxy shows no certificate."
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) ? Refusal(shown, chain)
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? "The certificate of the proxy is for another host name."
            : errors != SslPolicyErrors.None ? $"The certificate of the proxy is refused ({errors})."
            : null;
        if (refusal is not null)
        {
            throw new AuthenticationException(refusal);
        }
    }

    private static string Refusal(X509Certificate2 certificate, X509Chain? chain)
    {
        if (certificate.NotAfter < DateTime.Now)
        {
            return $"The certificate of the proxy expired on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm:ss} UTC.";
        }

        X509ChainStatusFlags faults = (chain?.ChainStatus ?? []).Aggregate(
            X509ChainStatusFlags.NoError, static (all, status) => all | status.Status);
        return (faults & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot)) != 0
            ? $"The certificate of the proxy does not lead to a trusted root ({faults})."
            : $"The certificate of the proxy is not valid ({faults}).";
    }

    private static ProxyCertificate Of(X509Certificate2 certificate) => new(
        certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(static part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonName)
            .Select(static part => part.GetSingleElementValue())
            .FirstOrDefault(),
        new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero));
}
