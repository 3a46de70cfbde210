using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace KmsTools.XksProxy.Commands;

/// <summary>A certificate for a lab, which clients trust only if they are told to.</summary>
internal static class NewCertificate
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string Local = "localhost";
    private const int MaxHostName = 253;
    private const int MaxCommonName = 64;

    // As long as public certificates were valid at most.
    private static readonly TimeSpan Validity = TimeSpan.FromDays(397);

    // Clocks of clients may be late.
    private static readonly TimeSpan Margin = TimeSpan.FromHours(1);

    /// <summary>Makes one for a host name, which names this machine (localhost) too.</summary>
    /// <param name="hostName">The host name.</param>
    /// <param name="certificateFile">The new file that receives the certificate, in PEM.</param>
    /// <param name="keyFile">The new file that receives its private key, in PEM.</param>
    /// <param name="written">Receives the files that were written.</param>
    /// <exception cref="ArgumentException">It is not a host name.</exception>
    /// <exception cref="IOException">A file exists, or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file cannot be written.</exception>
    public static void Create(string hostName, string certificateFile, string keyFile, List<string> written)
    {
        if (hostName.Length > MaxHostName || Uri.CheckHostName(hostName) != UriHostNameType.Dns)
        {
            throw new ArgumentException($"'{hostName}' is not a host name, such as xks.example.com.");
        }

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string name = hostName.Length <= MaxCommonName ? hostName : hostName[..MaxCommonName];
        CertificateRequest request = new(new X500DistinguishedName($"CN={name}"), key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(hostName);
        names.AddDnsName(Local);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], false));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.CreateSelfSigned(now - Margin, now + Validity);
        byte[] pkcs8 = key.ExportPkcs8PrivateKey();
        char[] pem = PemEncoding.Write("PRIVATE KEY", pkcs8);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(pem.Length, pinned: true);
        try
        {
            Encoding.ASCII.GetBytes(pem, bytes);
            OwnerOnlyFile.Write(keyFile, bytes);
            written.Add(keyFile);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
            Array.Clear(pem);
            CryptographicOperations.ZeroMemory(bytes);
        }

        OwnerOnlyFile.Write(certificateFile, Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n"));
        written.Add(certificateFile);
    }
}
