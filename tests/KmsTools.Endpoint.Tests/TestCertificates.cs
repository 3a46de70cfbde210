using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KmsTools.Endpoint;

/// <summary>A root, a certificate authority under it, and what they sign for 127.0.0.1, in a folder of their own.</summary>
public sealed class TestCertificates : IDisposable
{
    public const string Password = "correct horse";

    private readonly X509Certificate2 _authority;

    public TestCertificates()
    {
        Directory.CreateDirectory(Folder);
        Root = NewAuthority("CN=KmsTools test root", null);
        _authority = NewAuthority("CN=KmsTools test authority", Root);
        File.WriteAllText(RootFile, Root.ExportCertificatePem());
        (X509Certificate2 leaf, ECDsa key) = NewLeaf();
        using (leaf)
        using (key)
        using (X509Certificate2 whole = leaf.CopyWithPrivateKey(key))
        {
            string keyPem = key.ExportPkcs8PrivateKeyPem();
            string chain = leaf.ExportCertificatePem() + "\n" + _authority.ExportCertificatePem() + "\n";
            X509Certificate2Collection collection = new() { whole, X509CertificateLoader.LoadCertificate(_authority.RawData) };
            Write("whole.pem", chain + keyPem);
            Write("chain.pem", chain);
            Write("leaf.der", leaf.RawData);
            Write("key.pem", keyPem);
            Write("traditional.pem", chain + key.ExportECPrivateKeyPem());
            Write("encrypted.pem", chain + key.ExportEncryptedPkcs8PrivateKeyPem(
                Password,
                new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
            Write("open.pfx", collection.Export(X509ContentType.Pkcs12)!);
            Write("closed.pfx", collection.Export(X509ContentType.Pkcs12, Password)!);
            Write(
                "keyless.pfx",
                new X509Certificate2Collection { X509CertificateLoader.LoadCertificate(leaf.RawData) }.Export(X509ContentType.Pkcs12)!);
            Write("garbage.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + keyPem);
            Write("other.txt", "no certificate");
            Write("public.pem", chain + keyPem, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }

        using ECDsa another = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Write("another.key", another.ExportPkcs8PrivateKeyPem());
        WriteLeaf("expired.pem", NewLeaf(from: -20, to: -10));
        WriteLeaf("future.pem", NewLeaf(from: 10, to: 20));
        WriteLeaf("client.pem", NewLeaf(use: "1.3.6.1.5.5.7.3.2"));
        WriteLeaf("renewed.pem", NewLeaf());
        Write("authorities.pem", Root.ExportCertificatePem() + "\n" + _authority.ExportCertificatePem() + "\n");
        using X509Certificate2 stranger = NewAuthority("CN=KmsTools test stranger", null);
        Write("stranger.pem", stranger.ExportCertificatePem());
    }

    public string Folder { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"kmstools-certificates-{Guid.NewGuid():N}");

    /// <summary>The only certificate that clients trust.</summary>
    public X509Certificate2 Root { get; }

    public string RootFile => Path("root.pem");

    public string Path(string name) => System.IO.Path.Combine(Folder, name);

    public void Dispose()
    {
        Root.Dispose();
        _authority.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static X509Certificate2 NewAuthority(string name, X509Certificate2? issuer)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        if (issuer is null)
        {
            return request.CreateSelfSigned(now.AddDays(-30), now.AddDays(30));
        }

        using X509Certificate2 certificate = request.Create(issuer, now.AddDays(-29), now.AddDays(29), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    private (X509Certificate2 Certificate, ECDsa Key) NewLeaf(int from = -1, int to = 10, string use = "1.3.6.1.5.5.7.3.1")
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return (request.Create(_authority, now.AddDays(from), now.AddDays(to), RandomNumberGenerator.GetBytes(8)), key);
    }

    private void WriteLeaf(string name, (X509Certificate2 Certificate, ECDsa Key) leaf)
    {
        using (leaf.Certificate)
        using (leaf.Key)
        {
            Write(name, leaf.Certificate.ExportCertificatePem() + "\n" + leaf.Key.ExportPkcs8PrivateKeyPem());
        }
    }

    private void Write(string name, string content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite) =>
        Write(name, System.Text.Encoding.ASCII.GetBytes(content), mode);

    private void Write(string name, byte[] content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        File.WriteAllBytes(Path(name), content);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path(name), mode);
        }
    }
}
