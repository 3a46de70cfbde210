using KmsTools.KeyStores;

namespace KmsTools.Operations;

/// <summary>Connecting external key stores, with every ConnectionErrorCode that they have.</summary>
/// <remarks>Source: ConnectionErrorCode of DescribeCustomKeyStores in the AWS KMS API.</remarks>
public sealed class ConnectExternalKeyStoreTests : IDisposable
{
    private readonly ExternalFixture _external = new();

    private KmsFixture Kms => _external.Kms;

    private ScriptedProxy Proxy => _external.Proxy;

    public void Dispose() => _external.Dispose();

    [Fact]
    public void ConnectCustomKeyStore_ProxyIsWell_IsConnectedAndRecordsTheCertificate()
    {
        Proxy.Requests.Clear();
        _external.Connect();
        Assert.Equal((ConnectionStateType.CONNECTED, null), (_external.Store.ConnectionState, _external.Store.ConnectionErrorCode));
        (string api, _, XksRequestMetadata about, _, _) = Assert.Single(Proxy.Requests);
        Assert.Equal(
            ("GetHealthStatus", "ConnectCustomKeyStore", Kms.Events("ConnectCustomKeyStore")[^1].RequestId),
            (api, about.KmsOperation, about.KmsRequestId));
        using Persistence.IStateReader state = Kms.Engine.OpenReader();
        ExternalKeyStoreProxy proxy = state.FindCustomKeyStore("us-east-1", _external.StoreId)!.Proxy!;
        Assert.Equal(
            ("xks.example.com", new DateTimeOffset(2030, 3, 1, 0, 0, 0, TimeSpan.Zero)), (proxy.CertificateName, proxy.CertificateNotAfter));

        // Without effect, and without a request.
        _external.Connect();
        Assert.Single(Proxy.Requests);
    }

    [Theory]
    [InlineData(XksFailure.AuthenticationFailed, ConnectionErrorCodeType.INVALID_CREDENTIALS)]
    [InlineData(XksFailure.Unreachable, ConnectionErrorCodeType.XKS_PROXY_NOT_REACHABLE)]
    [InlineData(XksFailure.Throttling, ConnectionErrorCodeType.XKS_PROXY_NOT_REACHABLE)]
    [InlineData(XksFailure.ConnectionBroken, ConnectionErrorCodeType.NETWORK_ERRORS)]
    [InlineData(XksFailure.TimedOut, ConnectionErrorCodeType.XKS_PROXY_TIMED_OUT)]
    [InlineData(XksFailure.DependencyTimeout, ConnectionErrorCodeType.XKS_PROXY_TIMED_OUT)]
    [InlineData(XksFailure.TlsFailed, ConnectionErrorCodeType.XKS_PROXY_INVALID_TLS_CONFIGURATION)]
    [InlineData(XksFailure.InvalidUriPath, ConnectionErrorCodeType.XKS_PROXY_INVALID_CONFIGURATION)]
    [InlineData(XksFailure.InvalidResponse, ConnectionErrorCodeType.XKS_PROXY_INVALID_RESPONSE)]
    [InlineData(XksFailure.Validation, ConnectionErrorCodeType.XKS_PROXY_INVALID_RESPONSE)]
    [InlineData(XksFailure.Internal, ConnectionErrorCodeType.XKS_PROXY_INVALID_RESPONSE)]
    [InlineData(XksFailure.InvalidState, ConnectionErrorCodeType.XKS_PROXY_INVALID_RESPONSE)]
    [InlineData(XksFailure.UnsupportedOperation, ConnectionErrorCodeType.XKS_PROXY_INVALID_RESPONSE)]
    [InlineData(XksFailure.AccessDenied, ConnectionErrorCodeType.XKS_PROXY_ACCESS_DENIED)]
    public void ConnectCustomKeyStore_ProxyFails_IsFailedUntilItIsDisconnected(XksFailure failure, ConnectionErrorCodeType expected)
    {
        Proxy.Failure = failure;
        _external.Connect();
        Assert.Equal((ConnectionStateType.FAILED, expected), (_external.Store.ConnectionState, _external.Store.ConnectionErrorCode));
        Proxy.Failure = null;
        Assert.Equal(
            "CustomKeyStoreInvalidStateException",
            Kms.Error(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = _external.StoreId }).Code);
        _external.Disconnect();
        Assert.Equal((ConnectionStateType.DISCONNECTED, null), (_external.Store.ConnectionState, _external.Store.ConnectionErrorCode));
        _external.Connect();
        Assert.Equal(ConnectionStateType.CONNECTED, _external.Store.ConnectionState);
    }

    [Fact]
    public void ConnectCustomKeyStore_AllKeyManagersUnavailable_IsNotReachable()
    {
        Proxy.Health = ExternalKeyManagerState.UNAVAILABLE;
        _external.Connect();
        Assert.Equal(
            (ConnectionStateType.FAILED, ConnectionErrorCodeType.XKS_PROXY_NOT_REACHABLE),
            (_external.Store.ConnectionState, _external.Store.ConnectionErrorCode));
    }

    [Fact]
    public void ConnectCustomKeyStore_InVpc_LooksAtTheServiceFirst()
    {
        VpcEndpointService good = ExternalFixture.Service();
        Kms.Engine.ExternalKeyStores.SetService(good);
        string id = Kms.Call(ExternalFixture.CreatingInVpc()).CustomKeyStoreId;
        Proxy.Requests.Clear();
        Kms.Engine.ExternalKeyStores.RemoveService(good.ServiceName);
        Assert.Equal(ConnectionErrorCodeType.XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND, ErrorOfConnect());
        Kms.Engine.ExternalKeyStores.SetService(good with { AcceptanceRequired = true });
        Assert.Equal(ConnectionErrorCodeType.XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION, ErrorOfConnect());
        Assert.Empty(Proxy.Requests);
        Kms.Engine.ExternalKeyStores.SetService(good);
        Assert.Null(ErrorOfConnect());

        ConnectionErrorCodeType? ErrorOfConnect()
        {
            Kms.Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = id });
            ConnectionErrorCodeType? error =
                Kms.Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = id }).CustomKeyStores[0].ConnectionErrorCode;
            Kms.Call(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = id });
            return error;
        }
    }

    [Fact]
    public void DisconnectCustomKeyStore_Keys_AreUnavailableAndTheProxyIsLeftAlone()
    {
        KeyMetadata key = _external.ConnectedKey();
        KeyMetadata leaving = Kms.Call(_external.CreatingKey("key-2")).KeyMetadata;
        byte[] ciphertext = Kms.Encrypt(key.KeyId, 5);
        Kms.Schedule(leaving.KeyId);
        _external.Disconnect();
        Assert.Contains(_external.StoreId, Proxy.Disconnected);
        Proxy.Requests.Clear();
        Assert.Equal(
            (KeyState.Unavailable, KeyState.PendingDeletion), (Kms.Describe(key.KeyId).KeyState, Kms.Describe(leaving.KeyId).KeyState));
        const string message =
            "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and "
                + "try the request again.";
        Kms.Refuses(new DecryptRequest { CiphertextBlob = ciphertext }, "KMSInvalidStateException", message);
        Kms.Refuses(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] }, "KMSInvalidStateException", message);
        Kms.Refuses(_external.CreatingKey("key-3"), "CustomKeyStoreInvalidStateException", message);
        Assert.Empty(Proxy.Requests);
        _external.Connect();
        Assert.Equal([5], Kms.Decrypt(ciphertext));
    }

    [Fact]
    public void SetAddress_ConnectedStore_IsUsedByTheNextRequest()
    {
        KeyMetadata key = _external.ConnectedKey();
        _ = Kms.Encrypt(key.KeyId);
        XksProxyTarget before = Proxy.Requests[^1].Proxy;
        _ = Kms.Encrypt(key.KeyId);
        Assert.Same(before, Proxy.Requests[^1].Proxy);
        Kms.Engine.ExternalKeyStores.SetAddress(new XksProxyAddress
        {
            HostName = "XKS.Example.com",
            Address = "127.0.0.1",
            Port = 8443,
            TimeoutInMilliseconds = 1000,
        });
        _ = Kms.Encrypt(key.KeyId);
        XksProxyTarget after = Proxy.Requests[^1].Proxy;
        Assert.Equal(
            ("xks.example.com", "127.0.0.1", 8443, 1000.0), (after.Host, after.Address, after.Port, after.Timeout.TotalMilliseconds));
        Kms.Engine.ExternalKeyStores.RemoveAddress("xks.example.com");
        _ = Kms.Encrypt(key.KeyId);
        Assert.Equal((null, 443), (Proxy.Requests[^1].Proxy.Address, Proxy.Requests[^1].Proxy.Port));
    }

    [Fact]
    public void CheckHealth_ConnectedStores_NotesCertificatesAndChangesNoState()
    {
        Kms.Engine.ExternalKeyStores.CheckHealth();
        Assert.Single(Proxy.Requests);
        _external.Connect();
        Proxy.Requests.Clear();
        Proxy.CertificateNotAfter = new DateTimeOffset(2031, 3, 1, 0, 0, 0, TimeSpan.Zero);
        int events = Kms.Events().Count;
        Kms.Engine.ExternalKeyStores.CheckHealth();
        (string api, _, XksRequestMetadata about, _, _) = Assert.Single(Proxy.Requests);
        Assert.Equal(("GetHealthStatus", "KmsHealthCheck"), (api, about.KmsOperation));
        using (Persistence.IStateReader state = Kms.Engine.OpenReader())
        {
            Assert.Equal(
                Proxy.CertificateNotAfter, state.FindCustomKeyStore("us-east-1", _external.StoreId)!.Proxy!.CertificateNotAfter);
        }

        Proxy.Failure = XksFailure.Unreachable;
        Kms.Engine.ExternalKeyStores.CheckHealth();
        Proxy.Failure = null;
        Proxy.Health = ExternalKeyManagerState.UNAVAILABLE;
        Kms.Engine.ExternalKeyStores.CheckHealth();
        Assert.Equal(ConnectionStateType.CONNECTED, _external.Store.ConnectionState);
        Assert.Equal(events, Kms.Events().Count - 1);
    }

    [Fact]
    public void Alarms_CertificateAboutToExpire_GoesOffTenDaysBefore()
    {
        KeyMetadata key = _external.ConnectedKey();
        string software = Kms.CreateKey().KeyId;
        Kms.Engine.Alarms.Create("all", AlarmEvent.ProxyCertificateExpiring);
        Kms.Engine.Alarms.Create("one", AlarmEvent.ProxyCertificateExpiring, key.KeyId, 20);
        Assert.Equal(
            $"{Kms.Describe(software).Arn} is not in an external key store. (Parameter 'key')",
            Assert.Throws<ArgumentException>(() => Kms.Engine.Alarms.Create("no", AlarmEvent.ProxyCertificateExpiring, software)).Message);
        Assert.Equal(
            $"{key.Arn} is in an external key store, where KMS creates no key material: nothing is orphaned there. (Parameter 'key')",
            Assert.Throws<ArgumentException>(() => Kms.Engine.Alarms.Create("no", AlarmEvent.OrphanedKeyMaterial, key.KeyId)).Message);

        // The certificate expires on 1 March 2030.
        Kms.Engine.StepClock(new DateTimeOffset(2030, 2, 18, 23, 59, 59, TimeSpan.Zero));
        Assert.Equal([AlarmState.OK, AlarmState.ALARM], Kms.Engine.Alarms.List().Select(static alarm => alarm.State));
        Kms.Step(TimeSpan.FromSeconds(1));
        Assert.Equal([AlarmState.ALARM, AlarmState.ALARM], Kms.Engine.Alarms.List().Select(static alarm => alarm.State));
        Assert.Equal(
            "The certificate of xks.example.com, the proxy of outside, expires at 2030-03-01 00:00:00Z (threshold: 10 days before).",
            Kms.Engine.Alarms.List()[0].StateReason);
    }
}
