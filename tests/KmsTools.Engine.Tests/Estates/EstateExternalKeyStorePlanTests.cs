using KmsTools.Cryptography;
using KmsTools.KeyStores;

namespace KmsTools.Estates;

/// <summary>What is refused of external key stores, their keys and what surrounds them before anything is changed.</summary>
public sealed class EstateExternalKeyStorePlanTests : EstateXksTests
{
    private const string OtherService = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef1";

    [Fact]
    public void Plan_Secrets_AreNeededAndCheckedBeforehand()
    {
        EstateKeyStore none = Store with { Proxy = Proxy };
        Refuses(
            new Estate { KeyStores = [none] },
            (13, "To create the custom key store outside, the secret access key is needed: give its proxy a secretFrom."));
        Write("secret", "too short");
        Refuses(new Estate { KeyStores = [Store] }, (14, ProxySecret.Refusal));
        Write("secret", new string('-', 43));
        Refuses(new Estate { KeyStores = [Store] }, (14, ProxySecret.Refusal));
        File.Delete(Path.Combine(Folder, "secret"));
        Refuses(new Estate { KeyStores = [Store] }, (14, $"The secret access key file {Path.Combine(Folder, "secret")} does not exist."));
        EstateSecret variable = new(new(14, 32), EstateSecretSource.Environment, "KMSTOOLS_TEST_NO_SUCH_VARIABLE");
        Refuses(
            new Estate { KeyStores = [Store with { Proxy = Proxy with { Secret = variable } }] },
            (14, "The environment variable KMSTOOLS_TEST_NO_SUCH_VARIABLE is not set: it holds the secret access key."));
        Write("secret", ExternalFixture.Secret);
        Import(new Estate { KeyStores = [Store] });
        Assert.Empty(Import(new Estate { KeyStores = [none] }));
        Refuses(
            new Estate { KeyStores = [none with { Proxy = none.Proxy! with { AccessKeyId = At("ZZZZZZZZZZZZZZZZZZZZ", 13) } }] },
            (13, "To change the credential of the custom key store outside, the secret access key is needed: give its proxy a secretFrom."));
    }

    [Fact]
    public void Plan_MembersOfProxies_AreCheckedBeforehand()
    {
        Refuses(
            new Estate { KeyStores = [Store with { Proxy = null }] }, (8, "A key store is on a cluster or has a proxy."));
        Assert.StartsWith(
            "ValidationException: 1 validation error detected: Value 'http://xks.example.com' at 'xksProxyUriEndpoint' failed",
            Planned(new Estate { KeyStores = [Store with { Proxy = Store.Proxy! with { UriEndpoint = At("http://xks.example.com", 11) } }] }, 11),
            StringComparison.Ordinal);
        Assert.Contains(
            "'xksProxyUriPath'",
            Planned(new Estate { KeyStores = [Store with { Proxy = Store.Proxy! with { UriPath = At("/kms/xks/1", 12) } }] }, 12),
            StringComparison.Ordinal);
        Assert.Contains(
            "'xksProxyAuthenticationCredential.accessKeyId'",
            Planned(new Estate { KeyStores = [Store with { Proxy = Store.Proxy! with { AccessKeyId = At("short", 13) } }] }, 13),
            StringComparison.Ordinal);
        Refuses(
            new Estate { KeyStores = [Store with { Proxy = Store.Proxy! with { VpcEndpointServiceOwner = At("111122223333", 16) } }] },
            (16, "A proxy has a VPC endpoint service only with 'connectivity: VPC_ENDPOINT_SERVICE'."));
        EstateKeyStore inVpc = InVpc();
        Refuses(
            new Estate { KeyStores = [inVpc with { Proxy = inVpc.Proxy! with { VpcEndpointServiceName = null } }] },
            (15, "Connectivity VPC_ENDPOINT_SERVICE needs the member 'vpcEndpointServiceName'."));
        Refuses(
            new Estate { KeyStores = [inVpc] },
            (16, $"VPC endpoint service {ExternalFixture.ServiceName} was not found, neither under vpcEndpointServices nor in the store."));
        Estate faulty = new() { VpcEndpointServices = [Service() with { AvailabilityZones = At(1) }], KeyStores = [inVpc] };
        Assert.Equal((16, "XksProxyVpcEndpointServiceInvalidConfigurationException"), Failed(faulty));

        using EstateImport import = Prepare(new Estate { VpcEndpointServices = [Service() with { Name = At(OtherService) }], KeyStores = [InVpc(OtherService)] });
        Assert.Equal([true, false, false], import.Changes.Select(import.CanApply));
    }

    [Fact]
    public void Plan_Keys_KeepTheirExternalKey()
    {
        Import(new Estate { KeyStores = [Store], Keys = [Key] });
        string arn = Kms.Describe("alias/a").Arn;
        EstateKey second = Key with { Position = new(30, 5), Aliases = [At("alias/b", 31)], XksKeyId = At("key-1", 33) };
        Refuses(
            new Estate { Keys = [Key with { XksKeyId = At("key-2", 23) }] },
            (23, $"The external key of {arn} is key-1 and cannot be changed to key-2."));
        Refuses(
            new Estate { Keys = [second] }, (33, $"The external key key-1 of outside is that of the key {Kms.Describe("alias/a").KeyId} already."));
        Refuses(
            new Estate { Keys = [Key with { KeyStore = null }, second with { KeyStore = At("outside", 32), XksKeyId = At("key-1", 33) }] },
            (33, "The external key key-1 of outside is that of the key in line 23. Each key has its own."),
            (33, $"The external key key-1 of outside is that of the key {Kms.Describe("alias/a").KeyId} already."));
        Refuses(
            new Estate { KeyStores = [Store], Keys = [second with { XksKeyId = At("key-2", 33) }, second with { Aliases = [At("alias/c")], XksKeyId = At("key-2", 43) }] },
            (43, "The external key key-2 of outside is that of the key in line 33. Each key has its own."));
        Refuses(
            new Estate { Keys = [second with { XksKeyId = null, KeyStore = At("outside", 32) }] },
            (32, "The custom key store outside is an external key store: a new key in it needs an xksKeyId."));
        Refuses(
            new Estate { Keys = [second with { XksKeyId = At("key-2", 33), Origin = At(OriginType.AWS_CLOUDHSM, 34) }] },
            (34, "Keys in the custom key store outside have the origin EXTERNAL_KEY_STORE, not AWS_CLOUDHSM."));
        Refuses(
            new Estate { Keys = [second with { KeyStore = null }] },
            (33, "ValidationException: XksKeyId is valid only with Origin EXTERNAL_KEY_STORE, not with AWS_KMS."));
        string other = Kms.CreateKey().KeyId;
        Kms.Alias("alias/other", other);
        Refuses(
            new Estate { Keys = [second with { KeyStore = null, Aliases = [At("alias/other", 31)] }] },
            (33, $"arn:aws:kms:us-east-1:111122223333:key/{other} is not in an external key store and cannot get the external key key-1."));
        Refuses(
            new Estate { Keys = [second with { XksKeyId = At("key-2", 33), Material = new EstateMaterial(new(35, 5), Secret.TakeOver(new byte[32])) }] },
            (35, "The material of a key in an external key store is made by KMS and by its external key manager, and cannot be given."));
        Assert.Contains(
            "'xksKeyId'", Planned(new Estate { Keys = [second with { XksKeyId = At("key 2", 33) }] }, 33), StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_KindOfAKeyStore_CannotBeChanged()
    {
        Import(new Estate { KeyStores = [Store] });
        Refuses(
            new Estate { KeyStores = [new EstateKeyStore { Name = At("outside"), Cluster = At("cluster-2abcdefghij", 9) }] },
            (9, "The custom key store outside is an external key store and cannot be moved to a cluster."));
        using (Persistence.IStateTransaction transaction = Kms.Engine.Store.BeginTransaction())
        {
            transaction.InsertCustomKeyStore(new CustomKeyStore
            {
                CustomKeyStoreId = "cks-1",
                Region = "us-east-1",
                Name = "lab",
                CloudHsmClusterId = "cluster-2abcdefghij",
                TrustAnchorCertificate = "pem",
                CreationDate = default,
            });
            transaction.Commit();
        }

        Refuses(
            new Estate { KeyStores = [Store with { Name = At("lab") }] },
            (10, "The custom key store lab is on cluster-2abcdefghij and cannot become an external key store."));
        EstateAlarm alarm = new() { Name = At("a"), Event = At(AlarmEvent.ProxyCertificateExpiring), KeyStore = At("lab", 41) };
        Refuses(new Estate { Alarms = [alarm] }, (41, "Custom key store lab has no proxy: it is not an external key store."));
        Refuses(
            new Estate { Alarms = [alarm with { KeyStore = At("outside", 41), Threshold = At(366, 42) }] },
            (42, "The threshold of ProxyCertificateExpiring is 1 to 365."));
    }

    [Fact]
    public void Import_AddressesAndServices_AreAsDescribed()
    {
        EstateProxyAddress address = new() { Position = new(3, 5), Host = At("a.example.com", 3), Port = At(8443, 4) };
        Estate wanted = new() { ProxyAddresses = [address], VpcEndpointServices = [Service()] };
        Assert.Equal(["Reach the proxies at a.example.com, port 8443", "Register the VPC endpoint service"], Import(wanted));
        Assert.Empty(Import(wanted));

        // A member that is not given has its default.
        Estate other = new()
        {
            ProxyAddresses = [address with { Port = null, Address = At("10.0.0.1") }],
            VpcEndpointServices = [Service() with { AllowedPrincipals = [], AcceptanceRequired = At(true) }],
        };
        Assert.Equal(["Reach the proxies at 10.0.0.1, port 443", "Change the VPC endpoint service"], Import(other));
        Assert.Equal(("10.0.0.1", 443), Assert.Single(Kms.Engine.ExternalKeyStores.ListAddresses()) is { } set ? (set.Address, set.Port) : default);
        Assert.Empty(Assert.Single(Kms.Engine.ExternalKeyStores.ListServices()).AllowedPrincipals!.Value);
        Assert.Empty(Import(other));
        Assert.Empty(Import(EstateExport.Read(Kms.Engine)));
        Assert.Equal(["Change the VPC endpoint service"], Import(new Estate { VpcEndpointServices = [Service()] }));
    }

    [Fact]
    public void Plan_AddressesAndServices_AreCheckedBeforehand()
    {
        Write("empty.pem", "nothing");
        Write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        EstateProxyAddress address = new() { Position = new(3, 5), Host = At("a.example.com", 3) };
        string missing = Path.Combine(Folder, "missing.pem");
        Refuses(
            new Estate { ProxyAddresses = [address with { TrustAnchors = [At(missing, 5), At(Path.Combine(Folder, "empty.pem"), 6), At("-----BEGIN PUBLIC KEY-----", 7)] }] },
            (5, $"The file {missing} does not exist."),
            (6, $"The file {Path.Combine(Folder, "empty.pem")} has no certificate in PEM."),
            (7, "This trust anchor has no certificate in PEM."));
        Assert.StartsWith(
            $"The file {Path.Combine(Folder, "broken.pem")} has a certificate that cannot be read: ",
            Planned(new Estate { ProxyAddresses = [address with { TrustAnchors = [At(Path.Combine(Folder, "broken.pem"), 5)] }] }, 5),
            StringComparison.Ordinal);
        Refuses(
            new Estate
            {
                ProxyAddresses =
                [
                    new EstateProxyAddress
                    {
                        Host = At("no host", 3),
                        Address = At("no address", 4),
                        Port = At(65_536, 5),
                        ClientCertificate = At("client.pem", 6),
                        TimeoutInMilliseconds = At(49, 7),
                    },
                    address,
                    address with { Host = At("A.example.com", 8) },
                ],
                VpcEndpointServices =
                [
                    new EstateVpcEndpointService
                    {
                        Name = At("vpce-svc-1", 11),
                        Owner = At("12", 12),
                        PrivateDnsName = At("no name", 13),
                        AllowedPrincipals = [At("a b", 14)],
                        AvailabilityZones = At(7, 15),
                    },
                    Service(),
                    Service() with { Name = At(ExternalFixture.ServiceName, 16) },
                ],
            },
            (3, "'no host' is not a host name."),
            (4, "'no address' is neither a host name nor an IP address."),
            (5, "Port 65536 is not between 1 and 65535."),
            (6, "The path of the client certificate must be absolute."),
            (7, "The timeout is 50 to 30000 milliseconds, not 49."),
            (8, "This host is described already, in line 3."),
            (11, "'vpce-svc-1' is not the name of a VPC endpoint service, such as com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0."),
            (12, Identifiers.AccountId.Refusal("12")),
            (13, "'no name' is not a host name."),
            (14, "An allowed principal is empty or has white space."),
            (15, "The number of Availability Zones is 0 to 6, not 7."),
            (16, "This VPC endpoint service is described already, in line 1."));
    }
}
