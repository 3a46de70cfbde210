using KmsTools.KeyStores;

namespace KmsTools.Operations;

/// <summary>Keys in external key stores: how they are created, described and deleted.</summary>
/// <remarks>Source: CreateKey in the AWS KMS API; "Creating KMS keys in an external key store", AWS KMS Developer Guide.</remarks>
public sealed class CreateExternalKeyTests : IDisposable
{
    private readonly ExternalFixture _external = new();

    private KmsFixture Kms => _external.Kms;

    private ScriptedProxy Proxy => _external.Proxy;

    public void Dispose() => _external.Dispose();

    [Fact]
    public void CreateKey_ExternalKey_IsEnabledAndNamesIt()
    {
        _external.Connect();
        Proxy.Requests.Clear();
        KeyMetadata created = Kms.Call(_external.CreatingKey()).KeyMetadata;
        foreach (KeyMetadata key in new[] { created, Kms.Describe(created.KeyId) })
        {
            Assert.Equal((KeyState.Enabled, OriginType.EXTERNAL_KEY_STORE), (key.KeyState, key.Origin));
            Assert.Equal((_external.StoreId, "key-1"), (key.CustomKeyStoreId, key.XksKeyConfiguration!.Id));
            Assert.Null(key.CloudHsmClusterId);
            Assert.Null(key.CurrentKeyMaterialId);
            Assert.Equal([EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT], key.EncryptionAlgorithms!);
        }

        (string api, string? keyId, XksRequestMetadata about, _, _) = Assert.Single(Proxy.Requests);
        Auditing.AuditEvent record = Assert.Single(Kms.Events("CreateKey"));
        Assert.Equal(("GetKeyMetadata", "key-1"), (api, keyId));
        Assert.Equal(
            new XksRequestMetadata
            {
                KmsOperation = "CreateKey",
                KmsRequestId = record.RequestId!,
                AwsPrincipalArn = KmsFixture.CallerIn(null).PrincipalArn,
            },
            about);
        Assert.Equal((_external.StoreId, "key-1"), (record.RequestParameters!["customKeyStoreId"], record.RequestParameters["xksKeyId"]));
        Assert.Contains("\"xksKeyConfiguration\":{\"id\":\"key-1\"}", record.CloudTrailEvent, StringComparison.Ordinal);
        Assert.DoesNotContain("cloudHsmClusterId", record.CloudTrailEvent, StringComparison.Ordinal);
    }

    [Fact]
    public void CreateKey_MembersThatDoNotFit_AreRefused()
    {
        _external.Connect();
        CreateKeyRequest good = _external.CreatingKey();
        Proxy.Requests.Clear();
        Kms.Refuses(
            good with { XksKeyId = null }, "ValidationException", "Origin EXTERNAL_KEY_STORE requires a CustomKeyStoreId and an XksKeyId.");
        Kms.Refuses(
            good with { CustomKeyStoreId = null }, "ValidationException", "Origin EXTERNAL_KEY_STORE requires a CustomKeyStoreId and an XksKeyId.");
        Kms.Refuses(
            good with { Origin = "AWS_CLOUDHSM" }, "ValidationException", "XksKeyId is valid only with Origin EXTERNAL_KEY_STORE, not with AWS_CLOUDHSM.");
        Kms.Refuses(
            good with { Origin = "AWS_CLOUDHSM", XksKeyId = null },
            "ValidationException",
            $"Custom key store {_external.StoreId} is an external key store: its keys have Origin EXTERNAL_KEY_STORE and an XksKeyId.");
        Kms.Refuses(
            good with { Origin = null, XksKeyId = null },
            "ValidationException",
            "A key in a custom key store must have Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE, not AWS_KMS.");
        Assert.Equal("ValidationException", Kms.Error(good with { KeySpec = "RSA_2048", KeyUsage = "ENCRYPT_DECRYPT" }).Code);
        Assert.Equal("UnsupportedOperationException", Kms.Error(good with { MultiRegion = true }).Code);
        Assert.Equal("CustomKeyStoreNotFoundException", Kms.Error(good with { CustomKeyStoreId = "cks-00000000000000000" }).Code);
        Assert.Equal("ValidationException", Kms.Error(good with { XksKeyId = "a b" }).Code);
        Assert.Equal("XksKeyNotFoundException", Kms.Error(good with { XksKeyId = "." }).Code);
        Assert.Equal("XksKeyNotFoundException", Kms.Error(good with { XksKeyId = ".." }).Code);
        Assert.Empty(Proxy.Requests);
        Assert.Empty(Kms.Call(new ListKeysRequest()).Keys);
    }

    [Fact]
    public void CreateKey_ExternalKeyOfAnotherKey_IsRefusedUntilThatIsDeleted()
    {
        KeyMetadata first = _external.ConnectedKey();
        Proxy.Requests.Clear();
        Kms.Refuses(
            _external.CreatingKey(),
            "XksKeyAlreadyInUseException",
            $"External key key-1 is associated with KMS key {first.KeyId} in custom key store {_external.StoreId} already.");
        byte[] ciphertext = Kms.Encrypt(first.KeyId, 1);
        Kms.Schedule(first.KeyId);
        Assert.Equal("XksKeyAlreadyInUseException", Kms.Error(_external.CreatingKey()).Code);
        Kms.StepDays(7);
        KeyMetadata second = Kms.Call(_external.CreatingKey()).KeyMetadata;

        // Half of the first one's material is gone for good.
        Assert.Equal("AccessDeniedException", Kms.Error(new DecryptRequest { CiphertextBlob = ciphertext }).Code);
        Assert.Equal("IncorrectKeyException", Kms.Error(new DecryptRequest { CiphertextBlob = ciphertext, KeyId = second.KeyId }).Code);
        Auditing.AuditEvent deletion = Assert.Single(Kms.Events("DeleteKey"));
        Assert.Equal(
            (_external.StoreId, "key-1"),
            (deletion.AdditionalEventData!["customKeyStoreId"], deletion.AdditionalEventData["xksKeyId"]));
        Assert.DoesNotContain(Proxy.Requests, static request => request.Api is not ("Encrypt" or "GetKeyMetadata"));
        using Persistence.IStateReader state = Kms.Engine.OpenReader();
        Assert.Empty(state.ListStrayKeyMaterial(null));
    }

    [Theory]
    [InlineData("RSA_2048", "ENCRYPT DECRYPT", "ENABLED", "The key spec of the external key must be AES_256. The key spec of specified external key is RSA_2048.")]
    [InlineData("AES_256", "ENCRYPT DECRYPT", "DISABLED", "The status of the external key must be ENABLED. The status of specified external key is DISABLED.")]
    [InlineData("AES_256", "ENCRYPT", "ENABLED", "The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is ENCRYPT.")]
    [InlineData("AES_256", "DECRYPT WRAP", "ENABLED", "The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is DECRYPT, WRAP.")]
    public void CreateKey_ExternalKeyThatDoesNotFit_IsRefused(string spec, string usage, string status, string message)
    {
        _external.Connect();
        Proxy.KeyMetadata = new XksKeyMetadata(spec, [.. usage.Split(' ')], status);
        Kms.Refuses(_external.CreatingKey(), "XksKeyInvalidConfigurationException", message);
        Proxy.KeyMetadata = new XksKeyMetadata("AES_256", ["WRAP", "DECRYPT", "ENCRYPT"], "ENABLED");
        Kms.Call(_external.CreatingKey());
    }

    [Theory]
    [InlineData(XksFailure.Validation, "CustomKeyStoreInvalidStateException")]
    [InlineData(XksFailure.InvalidState, "XksKeyInvalidConfigurationException")]
    [InlineData(XksFailure.InvalidKeyUsage, "XksKeyInvalidConfigurationException")]
    [InlineData(XksFailure.AuthenticationFailed, "CustomKeyStoreInvalidStateException")]
    [InlineData(XksFailure.AccessDenied, "CustomKeyStoreInvalidStateException")]
    [InlineData(XksFailure.KeyNotFound, "XksKeyNotFoundException")]
    [InlineData(XksFailure.InvalidUriPath, "CustomKeyStoreInvalidStateException")]
    [InlineData(XksFailure.Throttling, "CustomKeyStoreInvalidStateException")]
    [InlineData(XksFailure.Internal, "CustomKeyStoreInvalidStateException")]
    [InlineData(XksFailure.UnsupportedOperation, "UnsupportedOperationException")]
    [InlineData(XksFailure.DependencyTimeout, "CustomKeyStoreInvalidStateException")]
    [InlineData(XksFailure.Unreachable, "CustomKeyStoreInvalidStateException")]
    [InlineData(XksFailure.TlsFailed, "CustomKeyStoreInvalidStateException")]
    [InlineData(XksFailure.TimedOut, "CustomKeyStoreInvalidStateException")]
    [InlineData(XksFailure.ConnectionBroken, "CustomKeyStoreInvalidStateException")]
    [InlineData(XksFailure.InvalidResponse, "CustomKeyStoreInvalidStateException")]
    public void CreateKey_ProxyFails_IsRefusedAndCreatesNothing(XksFailure failure, string code)
    {
        _external.Connect();
        Proxy.Failure = failure;
        Assert.Equal(code, Kms.Error(_external.CreatingKey()).Code);
        Assert.Empty(Kms.Call(new ListKeysRequest()).Keys);
        Assert.Equal(ConnectionStateType.CONNECTED, _external.Store.ConnectionState);
        Assert.Equal($"{failure}: as the test says", Kms.Events("CreateKey")[^1].AdditionalEventData!["xksProxyFault"]);
    }

    [Fact]
    public void Execute_OperationsThatKeysInExternalKeyStoresLack_AreUnsupported()
    {
        string keyId = _external.ConnectedKey().KeyId;
        Proxy.Requests.Clear();
        const string unsupported = "UnsupportedOperationException";
        Assert.Equal(unsupported, Kms.Error(new GenerateDataKeyPairRequest { KeyId = keyId, KeyPairSpec = "ECC_NIST_P256" }).Code);
        Assert.Equal(
            unsupported, Kms.Error(new GenerateDataKeyPairWithoutPlaintextRequest { KeyId = keyId, KeyPairSpec = "ECC_NIST_P256" }).Code);
        Assert.Equal(unsupported, Kms.Error(new EnableKeyRotationRequest { KeyId = keyId }).Code);
        Assert.Equal(unsupported, Kms.Error(new RotateKeyOnDemandRequest { KeyId = keyId }).Code);
        Assert.Equal(unsupported, Kms.Error(new GetKeyRotationStatusRequest { KeyId = keyId }).Code);
        Assert.Equal(
            unsupported,
            Kms.Error(new GetParametersForImportRequest
            {
                KeyId = keyId,
                WrappingAlgorithm = "RSAES_OAEP_SHA_256",
                WrappingKeySpec = "RSA_2048",
            }).Code);
        Assert.Equal(unsupported, Kms.Error(new DeleteImportedKeyMaterialRequest { KeyId = keyId }).Code);
        Assert.Equal(unsupported, Kms.Error(new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = "eu-west-1" }).Code);
        Assert.Equal(unsupported, Kms.Error(new UpdatePrimaryRegionRequest { KeyId = keyId, PrimaryRegion = "eu-west-1" }).Code);
        Kms.Disable(keyId);
        Assert.Equal("DisabledException", Kms.Error(new EncryptRequest { KeyId = keyId, Plaintext = [1] }).Code);
        Kms.Enable(keyId);
        Assert.Equal(
            "DryRunOperationException", Kms.Error(new EncryptRequest { KeyId = keyId, Plaintext = [1], DryRun = true }).Code);
        Assert.Empty(Proxy.Requests);
    }
}
