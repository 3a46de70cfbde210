using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KmsTools.Xks;

/// <summary>A root that exists for one run of the tests, and the certificates that it signs.</summary>
internal sealed class TestAuthority
{
    public const string Host = "proxy.kms.test";

    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _root;

    public TestAuthority(string name)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(30));
    }

    /// <summary>The one that the targets of tests trust.</summary>
    public static TestAuthority Trusted { get; } = new("KmsTools test root");

    public static TestAuthority Stranger { get; } = new("KmsTools test stranger");

    public string Pem => _root.ExportCertificatePem();

    public X509Certificate2 Root => _root;

    public SslStreamCertificateContext Server(string subject = "CN=" + Host, string name = Host, int from = -1, int to = 10) =>
        SslStreamCertificateContext.Create(Leaf(subject, name, from, to, ServerUse), null, offline: true);

    public string ClientPem(string subject = "CN=cks.kms.us-east-1.amazonaws.com")
    {
        using X509Certificate2 leaf = Leaf(subject, "cks.kms.us-east-1.amazonaws.com", -1, 10, ClientUse);
        return leaf.ExportCertificatePem() + "\n" + leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
    }

    /// <summary>A certificate that is its own root.</summary>
    public static X509Certificate2 SelfSigned()
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request("CN=" + Host, Host, key, ServerUse).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(9));
    }

    private static CertificateRequest Request(string subject, string name, ECDsa key, string use)
    {
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        return request;
    }

    private X509Certificate2 Leaf(string subject, string name, int from, int to, string use)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = Request(subject, name, key, use)
            .Create(_root, now.AddDays(from), now.AddDays(to), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}
