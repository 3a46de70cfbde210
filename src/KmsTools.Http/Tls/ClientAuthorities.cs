using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KmsTools.Http;

/// <summary>The certificate authorities whose client certificates a server requires (mutual TLS).</summary>
public sealed class ClientAuthorities
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2Collection _certificates = new();

    /// <summary>Reads the certificates of authorities.</summary>
    /// <param name="file">One or several certificates in PEM: roots, and intermediates that clients do not send.</param>
    /// <exception cref="CryptographicException">There is none in it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public ClientAuthorities(string file)
    {
        string text = File.ReadAllText(file);
        try
        {
            _certificates.ImportFromPem(text);
        }
        catch (CryptographicException exception)
        {
            throw new CryptographicException($"'{file}' has a certificate that cannot be read.", exception);
        }

        if (_certificates.Count == 0)
        {
            throw new CryptographicException($"'{file}' has no certificate in PEM.");
        }
    }

    /// <summary>Requires a certificate of one of these authorities, for client authentication, from each client.</summary>
    /// <param name="options">The options of a handshake.</param>
    public void Require(SslServerAuthenticationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(_certificates);
        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        options.ClientCertificateRequired = true;
        options.CertificateChainPolicy = policy;
    }
}
