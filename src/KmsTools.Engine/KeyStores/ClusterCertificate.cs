using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KmsTools.KeyStores;

/// <summary>The certificate that distinguishes a cluster and its descendants from others.</summary>
internal static class ClusterCertificate
{
    /// <summary>Whether two certificates are the same except for white space.</summary>
    public static bool IsSame(string a, string b) =>
        a.Where(static c => !char.IsWhiteSpace(c)).SequenceEqual(b.Where(static c => !char.IsWhiteSpace(c)));

    /// <summary>Requires a certificate in PEM. What is not one could not be compared with anything, nor be used by a TLS client.</summary>
    /// <exception cref="ArgumentException">It is something else.</exception>
    public static void Require(string trustAnchorCertificate)
    {
        try
        {
            X509Certificate2.CreateFromPem(trustAnchorCertificate).Dispose();
        }
        catch (CryptographicException exception)
        {
            throw new ArgumentException(
                $"The trust anchor certificate is not a certificate in PEM: {exception.Message}",
                nameof(trustAnchorCertificate),
                exception);
        }
    }
}
