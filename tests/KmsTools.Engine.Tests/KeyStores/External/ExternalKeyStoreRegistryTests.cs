using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KmsTools.KeyStores;

public sealed class ExternalKeyStoreRegistryTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    private ExternalKeyStoreRegistry Registry => _kms.Engine.ExternalKeyStores;

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void SetAddress_Valid_IsKeptAndRecorded()
    {
        string anchor = Certificate();
        XksProxyAddress address = new()
        {
            HostName = "Proxy.example.com",
            Address = "::1",
            Port = 65_535,
            TrustAnchors = [anchor, anchor],
            ClientCertificatePath = Path.GetFullPath("client.pem"),
            TimeoutInMilliseconds = 30_000,
        };
        XksProxyAddress set = Registry.SetAddress(address);
        Assert.Equal("proxy.example.com", set.HostName);
        _kms.Reopen();
        XksProxyAddress kept = Assert.Single(Registry.ListAddresses());
        Assert.True(XksProxyAddress.AreSame(set, kept));
        Assert.Equal(2, kept.TrustAnchors.Length);
        Auditing.AuditEvent record = Assert.Single(_kms.Events("SetXksProxyAddress"));
        Assert.Equal("proxy.example.com", record.RequestParameters!["hostName"]);
        Registry.SetAddress(new XksProxyAddress { HostName = "proxy.example.com" });
        kept = Assert.Single(Registry.ListAddresses());
        Assert.Equal((null, 443, 250), (kept.Address, kept.Port, kept.TimeoutInMilliseconds));
        Registry.RemoveAddress("PROXY.example.com");
        Assert.Empty(Registry.ListAddresses());
        Assert.Equal(
            "No address is set for proxies at 'proxy.example.com'. (Parameter 'hostName')",
            Assert.Throws<ArgumentException>(() => Registry.RemoveAddress("proxy.example.com")).Message);
    }

    [Fact]
    public void SetAddress_Invalid_IsRefusedAndChangesNothing()
    {
        XksProxyAddress good = new() { HostName = "proxy.example.com" };
        foreach (XksProxyAddress bad in new[]
        {
            good with { HostName = "proxy example.com" },
            good with { HostName = "" },
            good with { HostName = "-proxy.example.com" },
            good with { Address = "not an address" },
            good with { Port = 0 },
            good with { Port = 65_536 },
            good with { TimeoutInMilliseconds = 49 },
            good with { TimeoutInMilliseconds = 30_001 },
            good with { TrustAnchors = ["no certificate"] },
            good with { ClientCertificatePath = "client.pem" },
        })
        {
            Assert.Throws<ArgumentException>(() => Registry.SetAddress(bad));
        }

        Assert.Empty(Registry.ListAddresses());
        Registry.SetAddress(good with { Port = 1, TimeoutInMilliseconds = 50 });
    }

    [Fact]
    public void SetService_ValidAndInvalid_KeepsTheValidOnly()
    {
        VpcEndpointService good = ExternalFixture.Service() with { AllowedPrincipals = ["a", "b"], AvailabilityZones = 6 };
        foreach (VpcEndpointService bad in new[]
        {
            good with { ServiceName = "vpce-svc-0123456789abcdef0" },
            good with { ServiceName = "com.amazonaws.vpce.us-east-1.vpce-svc-" + new string('a', 40) },
            good with { Owner = "12345" },
            good with { PrivateDnsName = "*.example.com" },
            good with { AvailabilityZones = 7 },
            good with { AvailabilityZones = -1 },
            good with { AllowedPrincipals = ["a b"] },
        })
        {
            Assert.Throws<ArgumentException>(() => Registry.SetService(bad));
        }

        Assert.Empty(Registry.ListServices());
        Registry.SetService(good);
        _kms.Reopen();
        VpcEndpointService kept = Assert.Single(Registry.ListServices());
        Assert.Equal(good with { AllowedPrincipals = null }, kept with { AllowedPrincipals = null });
        Assert.Equal(["a", "b"], kept.AllowedPrincipals!.Value);
        Registry.RemoveService(good.ServiceName);
        Assert.Empty(Registry.ListServices());
        Assert.Throws<ArgumentException>(() => Registry.RemoveService(good.ServiceName));
    }

    private static string Certificate()
    {
        using ECDsa key = ECDsa.Create();
        using X509Certificate2 certificate = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        return certificate.ExportCertificatePem();
    }
}
