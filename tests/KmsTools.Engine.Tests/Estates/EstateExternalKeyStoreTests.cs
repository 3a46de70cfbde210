using KmsTools.KeyStores;
using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>Imports and exports of external key stores, with their keys and what surrounds them, over a scripted proxy.</summary>
public sealed class EstateExternalKeyStoreTests : EstateXksTests
{
    private const string OtherSecret = "another/another/another/another/another/another=";

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
                    TrustAnchors = [new(Path.Combine(Folder, "ca.pem"))],
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
        XksProxyTarget target = Scripted.Requests[^1].Proxy;
        Assert.Equal(
            ("xks.example.com", "127.0.0.1", 8443, 2, TimeSpan.FromSeconds(5)),
            (target.Host, target.Address, target.Port, target.TrustAnchors.Length, target.Timeout));
        KeyMetadata key = Kms.Describe("alias/a");
        Assert.Equal((OriginType.EXTERNAL_KEY_STORE, "key-1"), (key.Origin, key.XksKeyConfiguration!.Id));
        Assert.Equal([1, 2], Kms.Decrypt(Kms.Encrypt("alias/a", 1, 2)));
        Assert.All(Kms.Engine.Alarms.List(), alarm => Assert.Equal(Present.CustomKeyStoreId, alarm.CustomKeyStoreId));

        int requests = Scripted.Requests.Count;
        int events = Kms.Events().Count;
        long version = Kms.Engine.Store.ReadVersion();
        Assert.Empty(Import(wanted));
        Assert.Equal((requests, events, version), (Scripted.Requests.Count, Kms.Events().Count, Kms.Engine.Store.ReadVersion()));
        Assert.DoesNotContain(Kms.Events(), static record => record.CloudTrailEvent.Contains("secret/", StringComparison.Ordinal));
    }

    [Fact]
    public void Export_ExternalKeyStores_ComeBackEqualInAnotherStore()
    {
        Write("ca.pem", Certificate());
        Import(new Estate
        {
            ProxyAddresses =
            [
                new EstateProxyAddress { Host = new("one.example.com"), Port = new(8443), TrustAnchors = [new(Path.Combine(Folder, "ca.pem"))] },
                new EstateProxyAddress { Host = new("two.example.com"), ClientCertificate = new(Path.Combine(Folder, "client.pem")) },
            ],
            VpcEndpointServices = [Service() with { AllowedPrincipals = [new("cks.kms.us-east-1.amazonaws.com")], AvailabilityZones = new(3) }],
            KeyStores = [Store, InVpc() with { Connected = new(false) }],
            Keys = [Key],
        });
        Estate exported = EstateExport.Read(Kms.Engine);
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
        Assert.Empty(Asked);

        using KmsFixture fresh = new(xks: Scripted);
        Import(exported, fresh.Engine);
        Assert.Equal(["secret access key of the proxy of inside (secretFrom)", Question], Asked);
        Assert.Equal([1, 2], fresh.Decrypt(fresh.Encrypt("alias/a", 1, 2)));
        Estate again = EstateExport.Read(fresh.Engine);
        Assert.Equal(exported.KeyStores, again.KeyStores);
        Assert.Empty(Import(exported, fresh.Engine));
        Assert.Empty(Import(again, Kms.Engine));
    }

    [Fact]
    public void Import_OtherSecretOrPath_IsTakenOverWhileConnected()
    {
        Import(new Estate { KeyStores = [Store], Keys = [Key] });
        byte[] ciphertext = Kms.Encrypt("alias/a", 1, 2);
        Write("secret", OtherSecret);
        Assert.Equal(["Change its proxy (secretFrom)"], Import(new Estate { KeyStores = [Store] }));
        Assert.Equal([1, 2], Kms.Decrypt(ciphertext));
        Assert.Equal(OtherSecret, SecretOf(Scripted.Requests[^1].Proxy));
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
        Assert.Equal("new.example.com", Scripted.Requests[^1].Proxy.Host);
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
        Scripted.Failure = XksFailure.Unreachable;
        Assert.Equal((11, "XksProxyUriUnreachableException"), Failed(new Estate { KeyStores = [Store], Keys = [Key] }));
        Assert.Empty(Kms.Call(new DescribeCustomKeyStoresRequest()).CustomKeyStores);
        Scripted.Failure = XksFailure.AuthenticationFailed;
        Assert.Equal((13, "XksProxyIncorrectAuthenticationCredentialException"), Failed(new Estate { KeyStores = [Store] }));
        Scripted.Failure = XksFailure.InvalidUriPath;
        Assert.Equal((12, "XksProxyInvalidConfigurationException"), Failed(new Estate { KeyStores = [Store] }));
        Scripted.Failure = null;
        Import(new Estate { KeyStores = [Store with { Connected = At(false) }] });

        Scripted.Failure = XksFailure.TimedOut;
        EstateError error = Error(new Estate { KeyStores = [Store with { Connected = At(true, 15) }] });
        Assert.Equal(
            (15, "The custom key store outside could not be connected: XKS_PROXY_TIMED_OUT."), (error.Position.Line, error.Message));
        Assert.Equal(ConnectionStateType.FAILED, Present.ConnectionState);
        Scripted.Failure = null;
        Assert.Equal(
            ["Disconnect the custom key store", "Connect the custom key store"],
            Import(new Estate { KeyStores = [Store with { Connected = At(true, 15) }] }));

        // The old values stay, and the next import goes on.
        Scripted.Failure = XksFailure.TlsFailed;
        Estate moved = new() { KeyStores = [Store with { Proxy = Store.Proxy! with { UriEndpoint = At("https://new.example.com", 11) } }] };
        Assert.Equal((11, "XksProxyUriUnreachableException"), Failed(moved));
        Assert.Equal(
            (ConnectionStateType.DISCONNECTED, ExternalFixture.Endpoint),
            (Present.ConnectionState, Present.XksProxyConfiguration!.UriEndpoint));
        Scripted.Failure = null;
        Assert.Equal(
            ["Change its proxy (uriEndpoint)", "Connect the custom key store"],
            Import(new Estate { KeyStores = [moved.KeyStores[0] with { Connected = At(true) }] }));

        Scripted.Failure = XksFailure.KeyNotFound;
        Assert.Equal((23, "XksKeyNotFoundException"), Failed(new Estate { Keys = [Key] }));
        Scripted.Failure = null;
        Scripted.KeyMetadata = Scripted.KeyMetadata with { KeyStatus = "DISABLED" };
        Assert.Equal((23, "XksKeyInvalidConfigurationException"), Failed(new Estate { Keys = [Key] }));
        Assert.Empty(Kms.Call(new ListKeysRequest()).Keys);
    }

    [Fact]
    public void Import_SecretToAskFor_IsAskedForOnceAndOnlyWhereItIsNeeded()
    {
        EstateKeyStore asking = Store with { Proxy = Proxy with { Secret = new EstateSecret(new(14, 25), EstateSecretSource.Prompt) } };
        Assert.Equal(2, Import(new Estate { KeyStores = [asking] }).Count);
        Assert.Equal([Question], Asked);
        Assert.Empty(Import(new Estate { KeyStores = [asking] }));
        Import(new Estate { KeyStores = [asking with { Proxy = asking.Proxy! with { UriPath = At("/new/kms/xks/v1") } }] });
        Assert.Equal([Question], Asked);
        asking = asking with { Proxy = asking.Proxy! with { UriPath = At("/new/kms/xks/v1") } };
        Kms.Call(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = Present.CustomKeyStoreId });
        Scripted.Failure = XksFailure.AuthenticationFailed;
        Error(new Estate { KeyStores = [asking with { Connected = At(true) }] });
        Scripted.Failure = null;
        Assert.Equal([Question], Asked);

        // A credential that was refused is asked for again.
        Assert.Equal(
            ["Disconnect the custom key store", "Change its proxy (secretFrom)", "Connect the custom key store"],
            Import(new Estate { KeyStores = [asking with { Connected = At(true) }] }));
        Assert.Equal([Question, Question], Asked);
    }

    private static string SecretOf(XksProxyTarget target) =>
        target.Credential.UseSecret(static bytes => System.Text.Encoding.UTF8.GetString(bytes));
}
