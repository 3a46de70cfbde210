using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KmsTools.Http;

/// <summary>The certificate authorities whose client certificates a server requires (mutual TLS), and the names that clients may have.</summary>
public sealed class ClientAuthorities
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string CommonName = "2.5.4.3";

    private readonly X509Certificate2Collection _certificates = new();
    private readonly HashSet<string> _names;

    /// <summary>Reads the certificates of authorities.</summary>
    /// <param name="file">One or several certificates in PEM: roots, and intermediates that clients do not send.</param>
    /// <exception cref="CryptographicException">There is none in it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public ClientAuthorities(string file)
        : this([file], [])
    {
    }

    /// <summary>Reads the certificates of authorities.</summary>
    /// <param name="files">Files with one or several certificates in PEM: roots, and intermediates that clients do not send.</param>
    /// <param name="names">
    /// The names of which the certificate of a client needs one, as a DNS name or as the common name of its subject; case does not count.
    /// Empty for any.
    /// </param>
    /// <exception cref="CryptographicException">There is none in one of them.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to a file is denied.</exception>
    public ClientAuthorities(IEnumerable<string> files, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(files);
        _names = new HashSet<string>(names, StringComparer.OrdinalIgnoreCase);
        foreach (string file in files)
        {
            _certificates.AddRange(Read(file));
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
        if (_names.Count > 0)
        {
            options.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                errors == SslPolicyErrors.None && certificate is X509Certificate2 client && IsNamed(client);
        }
    }

    private static X509Certificate2Collection Read(string file)
    {
        string text = File.ReadAllText(file);
        X509Certificate2Collection certificates = new();
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException exception)
        {
            throw new CryptographicException($"'{file}' has a certificate that cannot be read.", exception);
        }

        return certificates.Count > 0 ? certificates : throw new CryptographicException($"'{file}' has no certificate in PEM.");
    }

    private bool IsNamed(X509Certificate2 client) =>
        client.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static names => names.EnumerateDnsNames())
            .Concat(client.SubjectName.EnumerateRelativeDistinguishedNames()
                .Where(static name => !name.HasMultipleElements && name.GetSingleElementType().Value == CommonName)
                .Select(static name => name.GetSingleElementValue() ?? ""))
            .Any(_names.Contains);
}
