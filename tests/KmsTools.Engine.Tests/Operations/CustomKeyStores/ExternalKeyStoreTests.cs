using KmsTools.KeyStores;

namespace KmsTools.Operations;

/// <summary>External key stores: what creates and changes them, and what is refused.</summary>
/// <remarks>Source: CreateCustomKeyStore and UpdateCustomKeyStore in the AWS KMS API; XKS proxy API specification, "Error codes".</remarks>
public sealed class ExternalKeyStoreTests : IDisposable
{
    private const string Invalid = "CustomKeyStoreInvalidStateException";
    private const string Unreachable = "XksProxyUriUnreachableException";
    private const string BadResponse = "XksProxyInvalidResponseException";
    private const string Misunderstood =
        "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your "
            + "external key store proxy administrator.";

    private readonly ExternalFixture _external = new();

    private KmsFixture Kms => _external.Kms;

    private ScriptedProxy Proxy => _external.Proxy;

    public void Dispose() => _external.Dispose();

    [Fact]
    public void CreateCustomKeyStore_New_IsDisconnectedAndHasAskedItsProxy()
    {
        CustomKeyStoresListEntry store = _external.Store;
        Assert.Matches("^cks-[0-9a-f]{17}$", store.CustomKeyStoreId);
        Assert.Equal(CustomKeyStoreType.EXTERNAL_KEY_STORE, store.CustomKeyStoreType);
        Assert.Equal(ConnectionStateType.DISCONNECTED, store.ConnectionState);
        Assert.Null(store.CloudHsmClusterId);
        Assert.Null(store.TrustAnchorCertificate);
        Assert.Equal(
            new XksProxyConfigurationType
            {
                Connectivity = XksProxyConnectivityType.PUBLIC_ENDPOINT,
                AccessKeyId = ExternalFixture.AccessKeyId,
                UriEndpoint = ExternalFixture.Endpoint,
                UriPath = ExternalFixture.UriPath,
            },
            store.XksProxyConfiguration);
        (string api, string? keyId, XksRequestMetadata about, XksProxyTarget proxy, _) = Assert.Single(Proxy.Requests);
        Assert.Equal(("GetHealthStatus", null), (api, keyId));
        Assert.Equal(
            new XksRequestMetadata
            {
                KmsOperation = "CreateCustomKeyStore",
                KmsRequestId = Assert.Single(Kms.Events("CreateCustomKeyStore")).RequestId!,
            },
            about);
        Assert.Equal(("xks.example.com", ExternalFixture.UriPath, "us-east-1"), (proxy.Host, proxy.UriPath, proxy.Region));
        Assert.Equal((null, 443, 250.0), (proxy.Address, proxy.Port, proxy.Timeout.TotalMilliseconds));
        Assert.Equal(ExternalFixture.AccessKeyId, proxy.Credential.AccessKeyId);
    }

    [Fact]
    public void CreateCustomKeyStore_Secret_IsInNoFileAndNoEvent()
    {
        _external.RequireNowhere(ExternalFixture.Secret);
        Assert.DoesNotContain(
            Kms.Events(), static record => record.CloudTrailEvent.Contains(ExternalFixture.AccessKeyId, StringComparison.Ordinal));
        _external.Connect();
        Assert.Equal(
            ExternalFixture.Secret,
            Proxy.Requests[^1].Proxy.Credential.UseSecret(static bytes => System.Text.Encoding.UTF8.GetString(bytes)));
    }

    [Fact]
    public void CreateCustomKeyStore_MembersMissingOrSurplus_IsRefused()
    {
        CreateCustomKeyStoreRequest good = ExternalFixture.Creating() with { CustomKeyStoreName = "other", XksProxyUriPath = "/kms/xks/v1" };
        void Misses(CreateCustomKeyStoreRequest request, string missing) =>
            Kms.Refuses(request, "ValidationException", $"{missing} required for CustomKeyStoreType EXTERNAL_KEY_STORE.");
        Misses(good with { XksProxyConnectivity = null }, "XksProxyConnectivity is");
        Misses(good with { XksProxyUriEndpoint = null }, "XksProxyUriEndpoint is");
        Misses(good with { XksProxyUriPath = null }, "XksProxyUriPath is");
        Misses(good with { XksProxyAuthenticationCredential = null }, "XksProxyAuthenticationCredential is");
        Misses(good with { XksProxyUriPath = null, XksProxyConnectivity = null }, "XksProxyConnectivity and XksProxyUriPath are");
        Misses(
            new() { CustomKeyStoreName = "other", CustomKeyStoreType = "EXTERNAL_KEY_STORE" },
            "XksProxyConnectivity, XksProxyUriEndpoint, XksProxyUriPath and XksProxyAuthenticationCredential are");
        Kms.Refuses(
            good with { KeyStorePassword = "kmspswd1" },
            "ValidationException",
            "CloudHsmClusterId, KeyStorePassword and TrustAnchorCertificate are valid only for CustomKeyStoreType AWS_CLOUDHSM.");
        Kms.Refuses(
            good with { XksProxyConnectivity = "VPC_ENDPOINT_SERVICE" },
            "ValidationException",
            "XksProxyVpcEndpointServiceName is required for XksProxyConnectivity VPC_ENDPOINT_SERVICE.");
        Kms.Refuses(
            good with { XksProxyVpcEndpointServiceOwner = "111122223333" },
            "ValidationException",
            "XksProxyVpcEndpointServiceName and XksProxyVpcEndpointServiceOwner are valid only for XksProxyConnectivity VPC_ENDPOINT_SERVICE.");
        foreach (CreateCustomKeyStoreRequest malformed in new[]
        {
            good with { XksProxyUriEndpoint = "https://xks.example.com:8443" },
            good with { XksProxyUriEndpoint = "http://xks.example.com" },
            good with { XksProxyUriPath = "/lab/kms/xks/v" },
            good with { XksProxyUriPath = "/kms/xks/v1/" },
            good with { XksProxyAuthenticationCredential = new() { AccessKeyId = "ABCDEFGHIJKLMNOPQRS", RawSecretAccessKey = ExternalFixture.Secret } },
            good with { XksProxyAuthenticationCredential = new() { AccessKeyId = "ABCDEFGHIJKLMNOPQRS1", RawSecretAccessKey = ExternalFixture.Secret } },
            good with { XksProxyAuthenticationCredential = new() { AccessKeyId = ExternalFixture.AccessKeyId, RawSecretAccessKey = new string('a', 42) } },
            good with { XksProxyAuthenticationCredential = new() { AccessKeyId = ExternalFixture.AccessKeyId, RawSecretAccessKey = new string('a', 65) } },
        })
        {
            KmsException error = Kms.Refused(malformed);
            Assert.Equal("ValidationException", error.ErrorCode);
            Assert.DoesNotContain(new string('a', 42), error.Message, StringComparison.Ordinal);
        }

        Assert.Single(Proxy.Requests);
        Kms.Call(good);
    }

    [Theory]
    [InlineData(XksFailure.Validation, BadResponse, Misunderstood)]
    [InlineData(XksFailure.InvalidResponse, BadResponse, Misunderstood)]
    [InlineData(
        XksFailure.AuthenticationFailed,
        "XksProxyIncorrectAuthenticationCredentialException",
        "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and update if necessary.")]
    [InlineData(
        XksFailure.AccessDenied,
        BadResponse,
        "The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again.")]
    [InlineData(
        XksFailure.InvalidUriPath,
        "XksProxyInvalidConfigurationException",
        "The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary.")]
    [InlineData(
        XksFailure.Throttling,
        Unreachable,
        "The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store.")]
    [InlineData(
        XksFailure.Internal,
        BadResponse,
        "The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available.")]
    [InlineData(
        XksFailure.UnsupportedOperation,
        BadResponse,
        "The external key store proxy rejected the request because it does not support the requested operation. If you see this error repeatedly, report it to your external key store proxy administrator.")]
    [InlineData(
        XksFailure.DependencyTimeout,
        Unreachable,
        "The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.")]
    [InlineData(
        XksFailure.Unreachable,
        Unreachable,
        "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external keystore.")]
    [InlineData(
        XksFailure.TlsFailed,
        Unreachable,
        "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate.")]
    [InlineData(
        XksFailure.TimedOut,
        Unreachable,
        "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.")]
    public void CreateAndUpdateCustomKeyStore_ProxyFails_AreRefusedAndChangeNothing(XksFailure failure, string code, string message)
    {
        Proxy.Failure = failure;
        Proxy.ProxyMessage = "words of the proxy";
        Kms.Refuses(ExternalFixture.Creating() with { CustomKeyStoreName = "other", XksProxyUriPath = "/kms/xks/v1" }, code, message);
        Kms.Refuses(_external.Updating() with { XksProxyUriPath = "/kms/xks/v1" }, code, message);
        foreach (Auditing.AuditEvent record in Kms.Events().Where(static record => record.ErrorCode is not null))
        {
            Assert.Equal((code, message), (record.ErrorCode, record.ErrorMessage));
            Assert.Equal($"{failure}: as the test says", record.AdditionalEventData!["xksProxyFault"]);
            Assert.Equal("words of the proxy", record.AdditionalEventData["xksProxyErrorMessage"]);
        }

        Assert.Equal(2, Kms.Events().Count(static record => record.ErrorCode is not null));
        CustomKeyStoresListEntry only = Assert.Single(Kms.Call(new DescribeCustomKeyStoresRequest()).CustomKeyStores);
        Assert.Equal(ExternalFixture.UriPath, only.XksProxyConfiguration!.UriPath);
    }

    [Fact]
    public void CreateCustomKeyStore_AllKeyManagersUnavailable_IsRefusedAsUnreachable()
    {
        Proxy.Health = ExternalKeyManagerState.UNAVAILABLE;
        CreateCustomKeyStoreRequest request = ExternalFixture.Creating() with { CustomKeyStoreName = "o", XksProxyUriPath = "/kms/xks/v1" };
        Kms.Refuses(
            request,
            Unreachable,
            "AWS KMS cannot complete the request because the external key store proxy is in an unhealthy state. If you see this error "
                + "repeatedly, notify your external key store proxy administrator.");
        Proxy.Health = ExternalKeyManagerState.DEGRADED;
        Kms.Call(request);
    }

    [Fact]
    public void CreateCustomKeyStore_WhatAnotherStoreHas_IsRefused()
    {
        CreateCustomKeyStoreRequest same = ExternalFixture.Creating();
        Kms.Engine.ExternalKeyStores.SetService(ExternalFixture.Service());
        int asked = Proxy.Requests.Count;
        Assert.Equal("CustomKeyStoreNameInUseException", Kms.Error(same).Code);
        Kms.Refuses(
            same with { CustomKeyStoreName = "other", XksProxyUriEndpoint = "https://XKS.example.COM" },
            "XksProxyUriInUseException",
            $"https://XKS.example.COM/lab/kms/xks/v1 is the proxy of custom key store {_external.StoreId} already.");
        Kms.Refuses(
            ExternalFixture.CreatingInVpc() with { XksProxyUriEndpoint = ExternalFixture.Endpoint, XksProxyUriPath = "/kms/xks/v1" },
            "XksProxyUriEndpointInUseException",
            $"https://xks.example.com is the endpoint of custom key store {_external.StoreId} already, and only stores with connectivity "
                + "PUBLIC_ENDPOINT can share one.");
        Assert.Equal(asked, Proxy.Requests.Count);

        // Paths are compared by case, hosts are not.
        Kms.Call(same with { CustomKeyStoreName = "other", XksProxyUriPath = "/LAB/kms/xks/v1" });
        string inVpc = Kms.Call(ExternalFixture.CreatingInVpc()).CustomKeyStoreId;
        Kms.Refuses(
            ExternalFixture.CreatingInVpc() with { CustomKeyStoreName = "third", XksProxyUriEndpoint = "https://third.example.com" },
            "XksProxyVpcEndpointServiceInUseException",
            $"VPC endpoint service {ExternalFixture.ServiceName} is associated with custom key store {inVpc} already.");
        Kms.Refuses(
            same with { CustomKeyStoreName = "third", XksProxyUriEndpoint = "https://xks.internal.example.com", XksProxyUriPath = "/kms/xks/v1" },
            "XksProxyUriEndpointInUseException",
            $"https://xks.internal.example.com is the endpoint of custom key store {inVpc} already, and only stores with connectivity "
                + "PUBLIC_ENDPOINT can share one.");
    }

    [Fact]
    public void CreateCustomKeyStore_InVpc_LooksAtTheServiceAndAsksNoProxy()
    {
        CreateCustomKeyStoreRequest request = ExternalFixture.CreatingInVpc();
        int asked = Proxy.Requests.Count;
        VpcEndpointService good = ExternalFixture.Service();
        const string notFound = "XksProxyVpcEndpointServiceNotFoundException";
        const string notValid = "XksProxyVpcEndpointServiceInvalidConfigurationException";
        Assert.Equal(notFound, Kms.Error(request).Code);
        foreach ((VpcEndpointService service, string code) in new[]
        {
            (good with { Owner = "444455556666" }, notFound),
            (good with { AllowedPrincipals = ["cks.kms.eu-west-1.amazonaws.com"] }, notFound),
            (good with { AvailabilityZones = 1 }, notValid),
            (good with { AcceptanceRequired = true }, notValid),
            (good with { PrivateDnsName = null }, notValid),
            (good with { PrivateDnsName = "other.example.com" }, notValid),
            (good with { IsDomainVerified = false }, notValid),
        })
        {
            Kms.Engine.ExternalKeyStores.SetService(service);
            Assert.Equal((service, code), (service, Kms.Error(request).Code));
        }

        Assert.Equal(notFound, Kms.Error(request with
        {
            XksProxyVpcEndpointServiceName = "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0",
        }).Code);
        Kms.Engine.ExternalKeyStores.SetService(good with { AllowedPrincipals = ["other", "cks.kms.us-east-1.amazonaws.com"] });
        string id = Kms.Call(request).CustomKeyStoreId;
        Assert.Equal(asked, Proxy.Requests.Count);
        XksProxyConfigurationType proxy =
            Kms.Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = id }).CustomKeyStores[0].XksProxyConfiguration!;
        Assert.Equal(
            (XksProxyConnectivityType.VPC_ENDPOINT_SERVICE, ExternalFixture.ServiceName, "111122223333"),
            (proxy.Connectivity, proxy.VpcEndpointServiceName, proxy.VpcEndpointServiceOwner));
    }

    [Fact]
    public void CreateCustomKeyStore_BothTypes_ShareTheQuota()
    {
        for (int i = 1; i < 10; i++)
        {
            Kms.Call(ExternalFixture.Creating() with { CustomKeyStoreName = $"store {i}", XksProxyUriPath = $"/{i}/kms/xks/v1" });
        }

        Assert.Equal(
            "LimitExceededException",
            Kms.Error(ExternalFixture.Creating() with { CustomKeyStoreName = "one too many", XksProxyUriPath = "/kms/xks/v1" }).Code);
    }

    // Columns: DISCONNECTED, CONNECTING, CONNECTED, FAILED, DISCONNECTING.
    [Theory]
    [InlineData("Connect", null, null, null, Invalid, Invalid)]
    [InlineData("Disconnect", Invalid, null, null, null, Invalid)]
    [InlineData("UpdateName", null, Invalid, null, Invalid, Invalid)]
    [InlineData("UpdateCredential", null, Invalid, null, Invalid, Invalid)]
    [InlineData("UpdatePath", null, Invalid, null, Invalid, Invalid)]
    [InlineData("UpdateEndpoint", null, Invalid, Invalid, Invalid, Invalid)]
    [InlineData("UpdateConnectivity", null, Invalid, Invalid, Invalid, Invalid)]
    [InlineData("Delete", null, Invalid, Invalid, Invalid, Invalid)]
    [InlineData("Describe", null, null, null, null, null)]
    [InlineData("CreateKey", Invalid, Invalid, null, Invalid, Invalid)]
    [InlineData("GenerateRandom", Unsupported, Unsupported, Unsupported, Unsupported, Unsupported)]
    public void Execute_StoreInState_AnswersAsTheTableSays(
        string operation, string? disconnected, string? connecting, string? connected, string? failed, string? disconnecting)
    {
        (ConnectionStateType State, string? Expected)[] columns =
        [
            (ConnectionStateType.DISCONNECTED, disconnected), (ConnectionStateType.CONNECTING, connecting),
            (ConnectionStateType.CONNECTED, connected), (ConnectionStateType.FAILED, failed), (ConnectionStateType.DISCONNECTING, disconnecting),
        ];
        Kms.Engine.ExternalKeyStores.SetService(ExternalFixture.Service());
        foreach ((ConnectionStateType state, string? expected) in columns.OrderBy(
            column => column.Expected is null && operation == "Delete"))
        {
            Put(state);
            int asked = Proxy.Requests.Count;
            string? code = null;
            try
            {
                Run(operation, state);
            }
            catch (KmsException exception)
            {
                code = exception.ErrorCode;
                Assert.Equal(state, _external.Store.ConnectionState);
                Assert.Equal(asked, Proxy.Requests.Count);
            }

            Assert.Equal((state, expected), (state, code));
        }
    }

    [Fact]
    public void UpdateCustomKeyStore_NewValues_AreAskedForFirstAndUsedFromThenOn()
    {
        KeyMetadata key = _external.ConnectedKey();
        Proxy.Requests.Clear();
        Kms.Call(_external.Updating() with { NewCustomKeyStoreName = "renamed" });
        Assert.Empty(Proxy.Requests);
        const string other = "ZYXWVUTSRQPONMLKJIHG";
        Kms.Call(_external.Updating() with
        {
            XksProxyUriPath = "/other/kms/xks/v1",
            XksProxyAuthenticationCredential = new() { AccessKeyId = other, RawSecretAccessKey = new string('s', 43) },
        });
        Assert.Equal(
            ("UpdateCustomKeyStore", "/other/kms/xks/v1", other),
            (Proxy.Requests[0].About.KmsOperation, Proxy.Requests[0].Proxy.UriPath, Proxy.Requests[0].Proxy.Credential.AccessKeyId));
        _ = Kms.Encrypt(key.KeyId);
        (_, _, _, XksProxyTarget proxy, _) = Proxy.Requests[^1];
        Assert.Equal(("/other/kms/xks/v1", other), (proxy.UriPath, proxy.Credential.AccessKeyId));
        Assert.Equal(new string('s', 43), proxy.Credential.UseSecret(static bytes => System.Text.Encoding.UTF8.GetString(bytes)));
        CustomKeyStoresListEntry store = _external.Store;
        Assert.Equal(("renamed", ConnectionStateType.CONNECTED), (store.CustomKeyStoreName, store.ConnectionState));
    }

    [Fact]
    public void UpdateCustomKeyStore_Connectivity_NeedsItsMembers()
    {
        Kms.Engine.ExternalKeyStores.SetService(ExternalFixture.Service());
        UpdateCustomKeyStoreRequest toVpc = _external.Updating() with { XksProxyConnectivity = "VPC_ENDPOINT_SERVICE" };
        Kms.Refuses(
            toVpc with { XksProxyVpcEndpointServiceName = ExternalFixture.ServiceName },
            "ValidationException",
            "A change of XksProxyConnectivity to VPC_ENDPOINT_SERVICE requires a new XksProxyUriEndpoint.");
        Kms.Refuses(
            toVpc with { XksProxyUriEndpoint = "https://xks.internal.example.com" },
            "ValidationException",
            "XksProxyVpcEndpointServiceName is required for XksProxyConnectivity VPC_ENDPOINT_SERVICE.");
        Kms.Call(toVpc with
        {
            XksProxyUriEndpoint = "https://xks.internal.example.com",
            XksProxyVpcEndpointServiceName = ExternalFixture.ServiceName,
        });
        Assert.Equal(ExternalFixture.ServiceName, _external.Store.XksProxyConfiguration!.VpcEndpointServiceName);

        UpdateCustomKeyStoreRequest toPublic = _external.Updating() with { XksProxyConnectivity = "PUBLIC_ENDPOINT" };
        Assert.Equal("ValidationException", Kms.Error(toPublic).Code);
        Assert.Equal(
            "ValidationException",
            Kms.Error(toPublic with
            {
                XksProxyUriEndpoint = ExternalFixture.Endpoint,
                XksProxyVpcEndpointServiceName = ExternalFixture.ServiceName,
            }).Code);
        Kms.Call(toPublic with { XksProxyUriEndpoint = ExternalFixture.Endpoint });
        Assert.Equal(
            (XksProxyConnectivityType.PUBLIC_ENDPOINT, null, null),
            (_external.Store.XksProxyConfiguration!.Connectivity, _external.Store.XksProxyConfiguration.VpcEndpointServiceName,
                _external.Store.XksProxyConfiguration.VpcEndpointServiceOwner));
        Kms.Refuses(
            _external.Updating() with { KeyStorePassword = "kmspswd1" },
            "ValidationException",
            "CloudHsmClusterId and KeyStorePassword are valid only for CustomKeyStoreType AWS_CLOUDHSM.");
    }

    [Fact]
    public void DeleteCustomKeyStore_KeysLeft_IsRefusedUntilTheyAreDeleted()
    {
        KeyMetadata key = _external.ConnectedKey();
        Kms.Schedule(key.KeyId);
        _external.Disconnect();
        Proxy.Requests.Clear();
        DeleteCustomKeyStoreRequest request = new() { CustomKeyStoreId = _external.StoreId };
        Assert.Equal("CustomKeyStoreHasCMKsException", Kms.Error(request).Code);
        Kms.StepDays(7);
        Kms.Call(request);
        Assert.Empty(Kms.Call(new DescribeCustomKeyStoresRequest()).CustomKeyStores);
        Assert.Empty(Proxy.Requests);
        Kms.Call(ExternalFixture.Creating());
    }

    [Fact]
    public void RotateRootKey_StoreWithProxy_StillSignsWithItsSecret()
    {
        KeyMetadata key = _external.ConnectedKey();
        byte[] before = Kms.Encrypt(key.KeyId, 7);
        Kms.Engine.RootKey.Rotate();
        Kms.Reopen();
        Assert.Equal([7], Kms.Decrypt(before));
        Assert.Equal(
            ExternalFixture.Secret,
            Proxy.Requests[^1].Proxy.Credential.UseSecret(static bytes => System.Text.Encoding.UTF8.GetString(bytes)));
        List<Persistence.StoreFinding> findings = [];
        Assert.Equal(0, Kms.Engine.Verifier.Run(findings.Add, []).Damages);
        Assert.Empty(findings);
    }

    private const string Unsupported = "UnsupportedOperationException";

    private void Put(ConnectionStateType state)
    {
        using Persistence.IStateTransaction transaction = Kms.Engine.Store.BeginTransaction();
        CustomKeyStore store = transaction.FindCustomKeyStore("us-east-1", _external.StoreId)!;
        transaction.UpdateCustomKeyStore(store with
        {
            ConnectionState = state,
            ConnectionErrorCode = state == ConnectionStateType.FAILED ? ConnectionErrorCodeType.NETWORK_ERRORS : null,
        });
        transaction.Commit();
    }

    private void Run(string operation, ConnectionStateType state)
    {
        UpdateCustomKeyStoreRequest update = _external.Updating();
        object _ = operation switch
        {
            "Connect" => Kms.Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = _external.StoreId }),
            "Disconnect" => Kms.Call(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = _external.StoreId }),
            "UpdateName" => Kms.Call(update with { NewCustomKeyStoreName = $"name {state}" }),
            "UpdateCredential" => Kms.Call(update with
            {
                XksProxyAuthenticationCredential = new() { AccessKeyId = ExternalFixture.AccessKeyId, RawSecretAccessKey = new string('x', 43) },
            }),
            "UpdatePath" => Kms.Call(update with { XksProxyUriPath = "/new/kms/xks/v1" }),
            "UpdateEndpoint" => Kms.Call(update with { XksProxyUriEndpoint = "https://new.example.com" }),
            "UpdateConnectivity" => Kms.Call(update with
            {
                XksProxyConnectivity = "VPC_ENDPOINT_SERVICE",
                XksProxyUriEndpoint = "https://xks.internal.example.com",
                XksProxyVpcEndpointServiceName = ExternalFixture.ServiceName,
            }),
            "Delete" => Kms.Call(new DeleteCustomKeyStoreRequest { CustomKeyStoreId = _external.StoreId }),
            "Describe" => _external.Store,
            "CreateKey" => Kms.Call(_external.CreatingKey()),
            _ => Kms.Call(new GenerateRandomRequest { NumberOfBytes = 16, CustomKeyStoreId = _external.StoreId }),
        };
    }
}
