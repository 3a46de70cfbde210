using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsTools.Cryptography;
using KmsTools.KeyStores.External;
using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>Imports and exports of external key stores, with their keys and what surrounds them, over a scripted proxy.</summary>
public sealed class EstateExternalKeyStoreTests : IDisposable
{
    private const string OtherSecret = "another/another/another/another/another/another=";
    private const string Question = "secret access key of the proxy of outside (secretFrom)";

    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-estate-").FullName;
    private readonly ScriptedProxy _proxy = new();
    private readonly List<string> _asked = [];
    private readonly KmsFixture _kms;

    public EstateExternalKeyStoreTests()
    {
        _kms = new KmsFixture(xks: _proxy);
        Write("secret", ExternalFixture.Secret + "\n");
    }

    private static EstateProxy Proxy => new()
    {
        Position = new(10, 7),
        UriEndpoint = At(ExternalFixture.Endpoint, 11),
        UriPath = At(ExternalFixture.UriPath, 12),
        AccessKeyId = At(ExternalFixture.AccessKeyId, 13),
    };

    private static EstateKey Key => new()
    {
        Position = new(20, 5),
        Aliases = [At("alias/a", 21)],
        KeyStore = At("outside", 22),
        XksKeyId = At("key-1", 23),
    };

    private EstateSecret SecretFile => new(new(14, 25), EstateSecretSource.File, Path.Combine(_folder, "secret"));

    private EstateKeyStore Store => new()
    {
        Position = new(8, 5),
        Name = At("outside", 9),
        Proxy = Proxy with { Secret = SecretFile },
    };

    private CustomKeyStoresListEntry Present =>
        Assert.Single(_kms.Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreName = "outside" }).CustomKeyStores);

    public void Dispose()
    {
        _kms.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Import_StoreWithAllThatBelongsToIt_WorksAndHasNothingToDoAgain()
    {
        Write("ca.pem", Certificate() + Certificate());
        Estate wanted = new()
        {
            ProxyAddresses =
            [
                new EstateProxyAddress
                {
                    Host = new("XKS.example.com"),
                    Address = new("127.0.0.1"),
                    Port = new(8443),
                    TrustAnchors = [new(Path.Combine(_folder, "ca.pem"))],
                    TimeoutInMilliseconds = new(5000),
                },
            ],
            KeyStores = [Store],
            Keys = [Key],
            Alarms =
            [
                new EstateAlarm { Name = new("certificate"), Event = new(AlarmEvent.ProxyCertificateExpiring), KeyStore = new("outside") },
                new EstateAlarm { Name = new("by key"), Event = new(AlarmEvent.ProxyCertificateExpiring), Key = new("alias/a") },
            ],
        };
        Assert.Equal(
            [
                "Reach the proxies at 127.0.0.1, port 8443",
                "Create the external key store at https://xks.example.com/lab/kms/xks/v1",
                "Connect the custom key store",
                "Create the key (SYMMETRIC_DEFAULT, alias/a)",
                "Make an alarm on ProxyCertificateExpiring of outside (threshold: 10)",
                "Make an alarm on ProxyCertificateExpiring of alias/a (threshold: 10)",
            ],
            Import(wanted));
        XksProxyTarget target = _proxy.Requests[^1].Proxy;
        Assert.Equal(
            ("xks.example.com", "127.0.0.1", 8443, 2, TimeSpan.FromSeconds(5)),
            (target.Host, target.Address, target.Port, target.TrustAnchors.Length, target.Timeout));
        KeyMetadata key = _kms.Describe("alias/a");
        Assert.Equal((OriginType.EXTERNAL_KEY_STORE, "key-1"), (key.Origin, key.XksKeyConfiguration!.Id));
        Assert.Equal([1, 2], _kms.Decrypt(_kms.Encrypt("alias/a", 1, 2)));
        Assert.All(_kms.Engine.Alarms.List(), alarm => Assert.Equal(Present.CustomKeyStoreId, alarm.CustomKeyStoreId));

        int requests = _proxy.Requests.Count;
        int events = _kms.Events().Count;
        long version = _kms.Engine.Store.ReadVersion();
        Assert.Empty(Import(wanted));
        Assert.Equal((requests, events, version), (_proxy.Requests.Count, _kms.Events().Count, _kms.Engine.Store.ReadVersion()));
        Assert.DoesNotContain(_kms.Events(), static record => record.CloudTrailEvent.Contains("secret/", StringComparison.Ordinal));
    }

    [Fact]
    public void Export_ExternalKeyStores_ComeBackEqualInAnotherStore()
    {
        Write("ca.pem", Certificate());
        Import(new Estate
        {
            ProxyAddresses =
            [
                new EstateProxyAddress { Host = new("one.example.com"), Port = new(8443), TrustAnchors = [new(Path.Combine(_folder, "ca.pem"))] },
                new EstateProxyAddress { Host = new("two.example.com"), ClientCertificate = new(Path.Combine(_folder, "client.pem")) },
            ],
            VpcEndpointServices = [Service() with { AllowedPrincipals = [new("cks.kms.us-east-1.amazonaws.com")], AvailabilityZones = new(3) }],
            KeyStores = [Store, InVpc() with { Connected = new(false) }],
            Keys = [Key],
        });
        Estate exported = EstateExport.Read(_kms.Engine);
        Assert.Equal(["inside", "outside"], exported.KeyStores.Select(static store => store.Name.Value));
        Assert.Equal([false, true], exported.KeyStores.Select(static store => store.Connected!.Value));
        EstateProxy[] proxies = [.. exported.KeyStores.Select(static store => store.Proxy!)];
        Assert.Equal(
            [XksProxyConnectivityType.VPC_ENDPOINT_SERVICE, null],
            proxies.Select(static proxy => proxy.Connectivity?.Value));
        Assert.All(proxies, static proxy => Assert.Equal(new EstateSecret(default, EstateSecretSource.Prompt), proxy.Secret));
        Assert.Equal(("outside", "key-1", null), (exported.Keys[0].KeyStore!.Value, exported.Keys[0].XksKeyId!.Value, exported.Keys[0].Origin));
        Assert.Equal(["one.example.com", "two.example.com"], exported.ProxyAddresses.Select(static address => address.Host.Value));
        Assert.Equal(
            (3, null, null),
            (exported.VpcEndpointServices[0].AvailabilityZones!.Value, exported.VpcEndpointServices[0].Owner, exported.VpcEndpointServices[0]
                .DomainVerified));
        Assert.Empty(Import(exported));
        Assert.Empty(_asked);

        using KmsFixture fresh = new(xks: _proxy);
        Import(exported, fresh.Engine);
        Assert.Equal(["secret access key of the proxy of inside (secretFrom)", Question], _asked);
        Assert.Equal([1, 2], fresh.Decrypt(fresh.Encrypt("alias/a", 1, 2)));
        Estate again = EstateExport.Read(fresh.Engine);
        Assert.Equal(exported.KeyStores, again.KeyStores);
        Assert.Empty(Import(exported, fresh.Engine));
        Assert.Empty(Import(again, _kms.Engine));
    }

    [Fact]
    public void Import_OtherSecretOrPath_IsTakenOverWhileConnected()
    {
        Import(new Estate { KeyStores = [Store], Keys = [Key] });
        byte[] ciphertext = _kms.Encrypt("alias/a", 1, 2);
        Write("secret", OtherSecret);
        Assert.Equal(["Change its proxy (secretFrom)"], Import(new Estate { KeyStores = [Store] }));
        Assert.Equal([1, 2], _kms.Decrypt(ciphertext));
        Assert.Equal(OtherSecret, SecretOf(_proxy.Requests[^1].Proxy));
        Assert.Empty(Import(new Estate { KeyStores = [Store] }));

        EstateKeyStore other = Store with { Proxy = Store.Proxy! with { UriPath = At("/new/kms/xks/v1"), AccessKeyId = At("ZZZZZZZZZZZZZZZZZZZZ") } };
        Assert.Equal(["Change its proxy (uriPath, accessKeyId)"], Import(new Estate { KeyStores = [other] }));
        Assert.Equal(
            (ConnectionStateType.CONNECTED, "/new/kms/xks/v1", "ZZZZZZZZZZZZZZZZZZZZ"),
            (Present.ConnectionState, Present.XksProxyConfiguration!.UriPath, Present.XksProxyConfiguration.AccessKeyId));
        Assert.Empty(Import(new Estate { KeyStores = [other with { Proxy = other.Proxy! with { Secret = null } }] }));
    }

    [Fact]
    public void Import_OtherEndpointOrConnectivity_IsTakenOverWhileDisconnected()
    {
        Import(new Estate { KeyStores = [Store] });
        EstateKeyStore moved = Store with { Proxy = Store.Proxy! with { UriEndpoint = At("https://new.example.com") } };
        Assert.Equal(
            ["Disconnect the custom key store", "Change its proxy (uriEndpoint)", "Connect the custom key store"],
            Import(new Estate { KeyStores = [moved] }));
        Assert.Equal("new.example.com", _proxy.Requests[^1].Proxy.Host);
        Assert.Equal(ConnectionStateType.CONNECTED, Present.ConnectionState);

        // Host names are the same in any case.
        Assert.Empty(Import(new Estate { KeyStores = [moved with { Proxy = moved.Proxy! with { UriEndpoint = At("https://NEW.example.com") } }] }));

        Estate inVpc = new() { VpcEndpointServices = [Service()], KeyStores = [InVpc() with { Name = At("outside", 9) }] };
        Assert.Equal(
            [
                "Register the VPC endpoint service",
                "Disconnect the custom key store",
                "Change its proxy (connectivity, uriEndpoint, vpcEndpointServiceName)",
                "Connect the custom key store",
            ],
            Import(inVpc));
        Assert.Equal(KmsFixture.Account.ToString(), Present.XksProxyConfiguration!.VpcEndpointServiceOwner);
        Assert.Empty(Import(inVpc));

        // What is not given stays.
        EstateProxy proxy = inVpc.KeyStores[0].Proxy!;
        Assert.Empty(Import(new Estate
        {
            KeyStores = [inVpc.KeyStores[0] with { Proxy = proxy with { Connectivity = null, VpcEndpointServiceName = null } }],
        }));
        Assert.Equal(
            ["Disconnect the custom key store", "Change its proxy (connectivity)", "Connect the custom key store"],
            Import(new Estate
            {
                KeyStores =
                [
                    inVpc.KeyStores[0] with
                    {
                        Proxy = proxy with { Connectivity = At(XksProxyConnectivityType.PUBLIC_ENDPOINT), VpcEndpointServiceName = null },
                    },
                ],
            }));
        Assert.Null(Present.XksProxyConfiguration!.VpcEndpointServiceName);
    }

    [Fact]
    public void Import_DisconnectedStore_IsConnectedAndDisconnectedAsDescribed()
    {
        Assert.Equal(
            [
                "Create the external key store at https://xks.example.com/lab/kms/xks/v1",
                "Connect the custom key store",
                "Create the key (SYMMETRIC_DEFAULT, alias/a)",
                "Disconnect the custom key store",
            ],
            Import(new Estate { KeyStores = [Store with { Connected = At(false) }], Keys = [Key] }));
        Assert.Empty(Import(new Estate { KeyStores = [Store], Keys = [Key] }));
        Assert.Equal(["Connect the custom key store"], Import(new Estate { KeyStores = [Store with { Connected = At(true) }] }));
        Assert.Equal(["Disconnect the custom key store"], Import(new Estate { KeyStores = [Store with { Connected = At(false) }] }));
    }

    [Fact]
    public void Import_ProxyThatDoesNotAnswer_IsAnErrorOfThatStep()
    {
        _proxy.Failure = XksFailure.Unreachable;
        Assert.Equal((11, "XksProxyUriUnreachableException"), Failed(new Estate { KeyStores = [Store], Keys = [Key] }));
        Assert.Empty(_kms.Call(new DescribeCustomKeyStoresRequest()).CustomKeyStores);
        _proxy.Failure = XksFailure.AuthenticationFailed;
        Assert.Equal((13, "XksProxyIncorrectAuthenticationCredentialException"), Failed(new Estate { KeyStores = [Store] }));
        _proxy.Failure = XksFailure.InvalidUriPath;
        Assert.Equal((12, "XksProxyInvalidConfigurationException"), Failed(new Estate { KeyStores = [Store] }));
        _proxy.Failure = null;
        Import(new Estate { KeyStores = [Store with { Connected = At(false) }] });

        _proxy.Failure = XksFailure.TimedOut;
        EstateError error = Error(new Estate { KeyStores = [Store with { Connected = At(true, 15) }] });
        Assert.Equal(
            (15, "The custom key store outside could not be connected: XKS_PROXY_TIMED_OUT."), (error.Position.Line, error.Message));
        Assert.Equal(ConnectionStateType.FAILED, Present.ConnectionState);
        _proxy.Failure = null;
        Assert.Equal(
            ["Disconnect the custom key store", "Connect the custom key store"],
            Import(new Estate { KeyStores = [Store with { Connected = At(true, 15) }] }));

        // The old values stay, and the next import goes on.
        _proxy.Failure = XksFailure.TlsFailed;
        Estate moved = new() { KeyStores = [Store with { Proxy = Store.Proxy! with { UriEndpoint = At("https://new.example.com", 11) } }] };
        Assert.Equal((11, "XksProxyUriUnreachableException"), Failed(moved));
        Assert.Equal(
            (ConnectionStateType.DISCONNECTED, ExternalFixture.Endpoint),
            (Present.ConnectionState, Present.XksProxyConfiguration!.UriEndpoint));
        _proxy.Failure = null;
        Assert.Equal(
            ["Change its proxy (uriEndpoint)", "Connect the custom key store"],
            Import(new Estate { KeyStores = [moved.KeyStores[0] with { Connected = At(true) }] }));

        _proxy.Failure = XksFailure.KeyNotFound;
        Assert.Equal((23, "XksKeyNotFoundException"), Failed(new Estate { Keys = [Key] }));
        _proxy.Failure = null;
        _proxy.KeyMetadata = _proxy.KeyMetadata with { KeyStatus = "DISABLED" };
        Assert.Equal((23, "XksKeyInvalidConfigurationException"), Failed(new Estate { Keys = [Key] }));
        Assert.Empty(_kms.Call(new ListKeysRequest()).Keys);
    }

    [Fact]
    public void Import_SecretToAskFor_IsAskedForOnceAndOnlyWhereItIsNeeded()
    {
        EstateKeyStore asking = Store with { Proxy = Proxy with { Secret = new EstateSecret(new(14, 25), EstateSecretSource.Prompt) } };
        Assert.Equal(2, Import(new Estate { KeyStores = [asking] }).Count);
        Assert.Equal([Question], _asked);
        Assert.Empty(Import(new Estate { KeyStores = [asking] }));
        Import(new Estate { KeyStores = [asking with { Proxy = asking.Proxy! with { UriPath = At("/new/kms/xks/v1") } }] });
        Assert.Equal([Question], _asked);
        asking = asking with { Proxy = asking.Proxy! with { UriPath = At("/new/kms/xks/v1") } };
        _kms.Call(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = Present.CustomKeyStoreId });
        _proxy.Failure = XksFailure.AuthenticationFailed;
        Error(new Estate { KeyStores = [asking with { Connected = At(true) }] });
        _proxy.Failure = null;
        Assert.Equal([Question], _asked);

        // A credential that was refused is asked for again.
        Assert.Equal(
            ["Disconnect the custom key store", "Change its proxy (secretFrom)", "Connect the custom key store"],
            Import(new Estate { KeyStores = [asking with { Connected = At(true) }] }));
        Assert.Equal([Question, Question], _asked);
    }

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
        File.Delete(Path.Combine(_folder, "secret"));
        Refuses(new Estate { KeyStores = [Store] }, (14, $"The secret access key file {Path.Combine(_folder, "secret")} does not exist."));
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
        string arn = _kms.Describe("alias/a").Arn;
        EstateKey second = Key with { Position = new(30, 5), Aliases = [At("alias/b", 31)], XksKeyId = At("key-1", 33) };
        Refuses(
            new Estate { Keys = [Key with { XksKeyId = At("key-2", 23) }] },
            (23, $"The external key of {arn} is key-1 and cannot be changed to key-2."));
        Refuses(
            new Estate { Keys = [second] }, (33, $"The external key key-1 of outside is that of the key {_kms.Describe("alias/a").KeyId} already."));
        Refuses(
            new Estate { Keys = [Key with { KeyStore = null }, second with { KeyStore = At("outside", 32), XksKeyId = At("key-1", 33) }] },
            (33, "The external key key-1 of outside is that of the key in line 23. Each key has its own."),
            (33, $"The external key key-1 of outside is that of the key {_kms.Describe("alias/a").KeyId} already."));
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
        string other = _kms.CreateKey().KeyId;
        _kms.Alias("alias/other", other);
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
        using (Persistence.IStateTransaction transaction = _kms.Engine.Store.BeginTransaction())
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
        Assert.Equal(("10.0.0.1", 443), Assert.Single(_kms.Engine.ExternalKeyStores.ListAddresses()) is { } set ? (set.Address, set.Port) : default);
        Assert.Empty(Assert.Single(_kms.Engine.ExternalKeyStores.ListServices()).AllowedPrincipals!.Value);
        Assert.Empty(Import(other));
        Assert.Empty(Import(EstateExport.Read(_kms.Engine)));
        Assert.Equal(["Change the VPC endpoint service"], Import(new Estate { VpcEndpointServices = [Service()] }));
    }

    [Fact]
    public void Plan_AddressesAndServices_AreCheckedBeforehand()
    {
        Write("empty.pem", "nothing");
        Write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        EstateProxyAddress address = new() { Position = new(3, 5), Host = At("a.example.com", 3) };
        string missing = Path.Combine(_folder, "missing.pem");
        Refuses(
            new Estate { ProxyAddresses = [address with { TrustAnchors = [At(missing, 5), At(Path.Combine(_folder, "empty.pem"), 6), At("-----BEGIN PUBLIC KEY-----", 7)] }] },
            (5, $"The file {missing} does not exist."),
            (6, $"The file {Path.Combine(_folder, "empty.pem")} has no certificate in PEM."),
            (7, "This trust anchor has no certificate in PEM."));
        Assert.StartsWith(
            $"The file {Path.Combine(_folder, "broken.pem")} has a certificate that cannot be read: ",
            Planned(new Estate { ProxyAddresses = [address with { TrustAnchors = [At(Path.Combine(_folder, "broken.pem"), 5)] }] }, 5),
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

    private const string OtherService = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef1";

    private static Located<T> At<T>(T value, int line = 1) => new(value, new SourcePosition(line, 5));

    private static EstateVpcEndpointService Service() => new()
    {
        Name = At(ExternalFixture.ServiceName),
        PrivateDnsName = At("xks.internal.example.com"),
    };

    private EstateKeyStore InVpc(string service = ExternalFixture.ServiceName) => Store with
    {
        Name = At("inside", 9),
        Proxy = Store.Proxy! with
        {
            Connectivity = At(XksProxyConnectivityType.VPC_ENDPOINT_SERVICE, 15),
            UriEndpoint = At("https://xks.internal.example.com", 11),
            VpcEndpointServiceName = At(service, 16),
        },
    };

    private static string SecretOf(XksProxyTarget target) =>
        target.Credential.UseSecret(static bytes => System.Text.Encoding.UTF8.GetString(bytes));

    private static string Certificate()
    {
        using ECDsa key = ECDsa.Create();
        using X509Certificate2 certificate = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        return certificate.ExportCertificatePem() + "\n";
    }

    private void Write(string file, string text)
    {
        string path = Path.Combine(_folder, file);
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private EstateImport Prepare(Estate estate, KmsEngine? engine = null) => EstateImport.Prepare(engine ?? _kms.Engine, estate, ask: question =>
    {
        _asked.Add($"{question.What} of {question.Owner} ({question.Member})");
        return Secret.CopyOf(System.Text.Encoding.UTF8.GetBytes(ExternalFixture.Secret));
    });

    // The descriptions of the changes that were made.
    private List<string> Import(Estate estate, KmsEngine? engine = null)
    {
        using EstateImport import = Prepare(estate, engine);
        List<string> made = [];
        foreach (EstateChange change in import.Changes.Where(static change => !change.Steps.IsEmpty))
        {
            import.Apply(change);
            made.Add(change.Description);
        }

        return made;
    }

    private EstateError Error(Estate estate) => Assert.Single(Assert.Throws<EstateException>(() => Import(estate)).Errors);

    private (int Line, string? Code) Failed(Estate estate) => Error(estate) is { } error ? (error.Position.Line, error.ErrorCode) : default;

    private string Planned(Estate estate, int line)
    {
        EstateError error = Assert.Single(Assert.Throws<EstateException>(() => Prepare(estate)).Errors);
        Assert.Equal(line, error.Position.Line);
        return error.Message;
    }

    private void Refuses(Estate estate, params (int Line, string Message)[] expected)
    {
        long version = _kms.Engine.Store.ReadVersion();
        Assert.Equal(
            expected, Assert.Throws<EstateException>(() => Prepare(estate)).Errors.Select(static error => (error.Position.Line, error.Message)));
        Assert.Equal(version, _kms.Engine.Store.ReadVersion());
    }
}
