using System.Security.Cryptography;
using System.Text;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;
using Sdk = Amazon.KeyManagementService;

namespace KmsTools.Endpoint;

/// <summary>The AWS SDK for .NET as a client.</summary>
[OnEveryStore]
public sealed class SdkTests(EndpointFixture endpoint) : IClassFixture<EndpointFixture>
{
    private const string Alice = "arn:aws:iam::111122223333:user/alice";

    private static readonly byte[] Hello = Encoding.UTF8.GetBytes("hello");

    private AmazonKeyManagementServiceClient Kms => endpoint.Client;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sdk_EveryOperation_IsAnswered()
    {
        await KeysAsync();
        await AliasesAsync();
        await EncryptionAsync();
        await AsymmetricKeysAsync();
        await TagsPoliciesAndGrantsAsync();
        await RotationAsync();
        await ImportAsync();
        await MultiRegionKeysAsync();
        await CustomKeyStoresAsync();

        string[] answered = [.. endpoint.Engine.FindEvents(new EventQuery()).Where(
            static e => e.ErrorCode is null && e.EventType == "AwsApiCall").Select(static e => e.EventName).Except(AuditNames.Administrative).Order(StringComparer.Ordinal)];
        Assert.Equal(OperationCatalog.All.Select(static operation => operation.Name), answered);
        Assert.Equal(54, answered.Length);
    }

    [Fact]
    public async Task Sdk_Errors_ArriveAsItsExceptions()
    {
        string keyId = await CreateKeyAsync();
        string disabled = await CreateKeyAsync();
        await Kms.DisableKeyAsync(disabled, Cancellation);
        string doomed = await CreateKeyAsync();
        await Kms.ScheduleKeyDeletionAsync(doomed, 7, Cancellation);
        await Kms.CreateAliasAsync("alias/taken", keyId, Cancellation);

        Sdk.Model.NotFoundException notFound = await Assert.ThrowsAsync<Sdk.Model.NotFoundException>(
            () => Kms.DescribeKeyAsync("alias/none", Cancellation));
        Assert.Equal("Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.", notFound.Message);
        Assert.True(Guid.TryParse(notFound.RequestId, out _));
        await Assert.ThrowsAsync<DisabledException>(() => EncryptAsync(disabled));
        KMSInvalidStateException state = await Assert.ThrowsAsync<KMSInvalidStateException>(() => EncryptAsync(doomed));
        Assert.EndsWith("is pending deletion.", state.Message);
        await Assert.ThrowsAsync<AlreadyExistsException>(() => Kms.CreateAliasAsync("alias/taken", keyId, Cancellation));
        await Assert.ThrowsAsync<InvalidCiphertextException>(
            () => Kms.DecryptAsync(new Sdk.Model.DecryptRequest { CiphertextBlob = new MemoryStream([1, 2, 3]) }, Cancellation));
        await Assert.ThrowsAsync<DryRunOperationException>(() => Kms.EncryptAsync(
            new Sdk.Model.EncryptRequest { KeyId = keyId, Plaintext = new MemoryStream(Hello), DryRun = true },
            Cancellation));
        await Assert.ThrowsAsync<InvalidKeyUsageException>(() => Kms.GenerateMacAsync(new Sdk.Model.GenerateMacRequest
        {
            KeyId = keyId,
            Message = new MemoryStream(Hello),
            MacAlgorithm = Sdk.MacAlgorithmSpec.HMAC_SHA_256,
        }, Cancellation));
        await Assert.ThrowsAsync<CustomKeyStoreNotFoundException>(
            () => Kms.DeleteCustomKeyStoreAsync(new Sdk.Model.DeleteCustomKeyStoreRequest { CustomKeyStoreId = "cks-none" }, Cancellation));
        await Assert.ThrowsAsync<MalformedPolicyDocumentException>(() => Kms.PutKeyPolicyAsync(keyId, "{", "default", Cancellation));
        await Assert.ThrowsAsync<InvalidMarkerException>(
            () => Kms.ListKeysAsync(new Sdk.Model.ListKeysRequest { Marker = "x" }, Cancellation));
        AmazonKeyManagementServiceException invalid = await Assert.ThrowsAsync<AmazonKeyManagementServiceException>(() => Kms.EncryptAsync(
            new Sdk.Model.EncryptRequest { KeyId = keyId, Plaintext = new MemoryStream(new byte[4097]) },
            Cancellation));
        Assert.Equal("ValidationException", invalid.ErrorCode);
    }

    private async Task KeysAsync()
    {
        Sdk.Model.KeyMetadata key = (await Kms.CreateKeyAsync(
            new Sdk.Model.CreateKeyRequest { Description = "first", Tags = [new() { TagKey = "a", TagValue = "b" }] },
            Cancellation)).KeyMetadata;
        Assert.Equal(DateTime.UtcNow, key.CreationDate!.Value.ToUniversalTime(), TimeSpan.FromMinutes(1));
        Assert.Equal("first", (await Kms.DescribeKeyAsync(key.KeyId, Cancellation)).KeyMetadata.Description);
        Assert.Contains((await Kms.ListKeysAsync(new Sdk.Model.ListKeysRequest(), Cancellation)).Keys, entry => entry.KeyArn == key.Arn);
        await Kms.UpdateKeyDescriptionAsync(key.KeyId, "second", Cancellation);
        await Kms.DisableKeyAsync(key.KeyId, Cancellation);
        await Kms.EnableKeyAsync(key.KeyId, Cancellation);
        Assert.Null((await Kms.GetKeyLastUsageAsync(new Sdk.Model.GetKeyLastUsageRequest { KeyId = key.KeyId }, Cancellation)).KeyLastUsage?
            .Timestamp);
        Sdk.Model.ScheduleKeyDeletionResponse scheduled = await Kms.ScheduleKeyDeletionAsync(key.KeyId, 7, Cancellation);
        Assert.Equal(DateTime.UtcNow.AddDays(7), scheduled.DeletionDate!.Value.ToUniversalTime(), TimeSpan.FromMinutes(1));
        await Kms.CancelKeyDeletionAsync(key.KeyId, Cancellation);
    }

    private async Task AliasesAsync()
    {
        string one = await CreateKeyAsync();
        string other = await CreateKeyAsync();
        await Kms.CreateAliasAsync("alias/all", one, Cancellation);
        await Kms.UpdateAliasAsync("alias/all", other, Cancellation);
        Assert.Equal(
            other,
            (await Kms.ListAliasesAsync(new Sdk.Model.ListAliasesRequest { KeyId = other }, Cancellation)).Aliases.Single().TargetKeyId);
        await Kms.DeleteAliasAsync("alias/all", Cancellation);
    }

    private async Task EncryptionAsync()
    {
        string keyId = await CreateKeyAsync();
        string other = await CreateKeyAsync();
        Sdk.Model.EncryptResponse sealedUnderOne = await EncryptAsync(keyId);
        Sdk.Model.ReEncryptResponse sealedUnderOther = await Kms.ReEncryptAsync(
            new Sdk.Model.ReEncryptRequest { CiphertextBlob = sealedUnderOne.CiphertextBlob, DestinationKeyId = other },
            Cancellation);
        Assert.Equal(Hello, (await Kms.DecryptAsync(
            new Sdk.Model.DecryptRequest { CiphertextBlob = sealedUnderOther.CiphertextBlob },
            Cancellation)).Plaintext.ToArray());
        Assert.Equal(16, (await Kms.GenerateRandomAsync(16, Cancellation)).Plaintext.Length);
        Assert.Equal(32, (await Kms.GenerateDataKeyAsync(
            new Sdk.Model.GenerateDataKeyRequest { KeyId = keyId, KeySpec = Sdk.DataKeySpec.AES_256 },
            Cancellation)).Plaintext.Length);
        await Kms.GenerateDataKeyWithoutPlaintextAsync(
            new Sdk.Model.GenerateDataKeyWithoutPlaintextRequest { KeyId = keyId, NumberOfBytes = 64 },
            Cancellation);
        Assert.NotNull((await Kms.GenerateDataKeyPairAsync(
            new Sdk.Model.GenerateDataKeyPairRequest { KeyId = keyId, KeyPairSpec = Sdk.DataKeyPairSpec.ECC_NIST_P256 },
            Cancellation)).PrivateKeyPlaintext);
        await Kms.GenerateDataKeyPairWithoutPlaintextAsync(
            new Sdk.Model.GenerateDataKeyPairWithoutPlaintextRequest { KeyId = keyId, KeyPairSpec = Sdk.DataKeyPairSpec.ECC_NIST_P256 },
            Cancellation);
    }

    private async Task AsymmetricKeysAsync()
    {
        string signing = await CreateKeyAsync(Sdk.KeySpec.ECC_NIST_P256, Sdk.KeyUsageType.SIGN_VERIFY);
        MemoryStream signature = (await Kms.SignAsync(new Sdk.Model.SignRequest
        {
            KeyId = signing,
            Message = new MemoryStream(Hello),
            SigningAlgorithm = Sdk.SigningAlgorithmSpec.ECDSA_SHA_256,
        }, Cancellation)).Signature;
        Assert.True((await Kms.VerifyAsync(new Sdk.Model.VerifyRequest
        {
            KeyId = signing,
            Message = new MemoryStream(Hello),
            Signature = signature,
            SigningAlgorithm = Sdk.SigningAlgorithmSpec.ECDSA_SHA_256,
        }, Cancellation)).SignatureValid);
        await Assert.ThrowsAsync<KMSInvalidSignatureException>(() => Kms.VerifyAsync(new Sdk.Model.VerifyRequest
        {
            KeyId = signing,
            Message = new MemoryStream([1]),
            Signature = signature,
            SigningAlgorithm = Sdk.SigningAlgorithmSpec.ECDSA_SHA_256,
        }, Cancellation));

        string agreeing = await CreateKeyAsync(Sdk.KeySpec.ECC_NIST_P256, Sdk.KeyUsageType.KEY_AGREEMENT);
        using ECDiffieHellman peer = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] shared = (await Kms.DeriveSharedSecretAsync(
            new Sdk.Model.DeriveSharedSecretRequest
            {
                KeyId = agreeing,
                KeyAgreementAlgorithm = Sdk.KeyAgreementAlgorithmSpec.ECDH,
                PublicKey = new MemoryStream(peer.ExportSubjectPublicKeyInfo()),
            },
            Cancellation)).SharedSecret.ToArray();
        using ECDiffieHellman own = ECDiffieHellman.Create();
        own.ImportSubjectPublicKeyInfo(
            (await Kms.GetPublicKeyAsync(new Sdk.Model.GetPublicKeyRequest { KeyId = agreeing }, Cancellation)).PublicKey.ToArray(),
            out _);
        Assert.Equal(peer.DeriveRawSecretAgreement(own.PublicKey), shared);

        string mac = await CreateKeyAsync(Sdk.KeySpec.HMAC_256, Sdk.KeyUsageType.GENERATE_VERIFY_MAC);
        MemoryStream tag = (await Kms.GenerateMacAsync(new Sdk.Model.GenerateMacRequest
        {
            KeyId = mac,
            Message = new MemoryStream(Hello),
            MacAlgorithm = Sdk.MacAlgorithmSpec.HMAC_SHA_256,
        }, Cancellation)).Mac;
        Assert.True((await Kms.VerifyMacAsync(new Sdk.Model.VerifyMacRequest
        {
            KeyId = mac,
            Message = new MemoryStream(Hello),
            Mac = tag,
            MacAlgorithm = Sdk.MacAlgorithmSpec.HMAC_SHA_256,
        }, Cancellation)).MacValid);
    }

    private async Task TagsPoliciesAndGrantsAsync()
    {
        string keyId = await CreateKeyAsync();
        await Kms.TagResourceAsync(
            new Sdk.Model.TagResourceRequest { KeyId = keyId, Tags = [new() { TagKey = "team", TagValue = "red" }] },
            Cancellation);
        Assert.Equal(
            "red",
            (await Kms.ListResourceTagsAsync(new Sdk.Model.ListResourceTagsRequest { KeyId = keyId }, Cancellation)).Tags.Single().TagValue);
        await Kms.UntagResourceAsync(new Sdk.Model.UntagResourceRequest { KeyId = keyId, TagKeys = ["team"] }, Cancellation);

        Assert.Equal(
            ["default"],
            (await Kms.ListKeyPoliciesAsync(new Sdk.Model.ListKeyPoliciesRequest { KeyId = keyId }, Cancellation)).PolicyNames);
        string policy = (await Kms.GetKeyPolicyAsync(keyId, "default", Cancellation)).Policy;
        await Kms.PutKeyPolicyAsync(keyId, policy, "default", Cancellation);

        Sdk.Model.CreateGrantResponse first = await CreateGrantAsync(keyId);
        Sdk.Model.CreateGrantResponse second = await CreateGrantAsync(keyId);
        Assert.Equal(2, (await Kms.ListGrantsAsync(new Sdk.Model.ListGrantsRequest { KeyId = keyId }, Cancellation)).Grants.Count);
        Assert.Contains((await Kms.ListRetirableGrantsAsync(
            new Sdk.Model.ListRetirableGrantsRequest { RetiringPrincipal = Alice },
            Cancellation)).Grants, grant => grant.GrantId == first.GrantId);
        await Kms.RetireGrantAsync(first.GrantToken, Cancellation);
        await Kms.RevokeGrantAsync(new Sdk.Model.RevokeGrantRequest { KeyId = keyId, GrantId = second.GrantId }, Cancellation);
    }

    private async Task RotationAsync()
    {
        string keyId = await CreateKeyAsync();
        await Kms.EnableKeyRotationAsync(keyId, Cancellation);
        Assert.True((await Kms.GetKeyRotationStatusAsync(keyId, Cancellation)).KeyRotationEnabled);
        await Kms.DisableKeyRotationAsync(keyId, Cancellation);
        await Kms.RotateKeyOnDemandAsync(new Sdk.Model.RotateKeyOnDemandRequest { KeyId = keyId }, Cancellation);
        await Kms.ListKeyRotationsAsync(new Sdk.Model.ListKeyRotationsRequest { KeyId = keyId }, Cancellation);
    }

    private async Task ImportAsync()
    {
        string keyId = (await Kms.CreateKeyAsync(new Sdk.Model.CreateKeyRequest { Origin = Sdk.OriginType.EXTERNAL }, Cancellation))
            .KeyMetadata
            .KeyId;
        Sdk.Model.GetParametersForImportResponse parameters = await Kms.GetParametersForImportAsync(
            new Sdk.Model.GetParametersForImportRequest
            {
                KeyId = keyId,
                WrappingAlgorithm = Sdk.AlgorithmSpec.RSAES_OAEP_SHA_256,
                WrappingKeySpec = Sdk.WrappingKeySpec.RSA_2048,
            }, Cancellation);
        using RSA rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(parameters.PublicKey.ToArray(), out _);
        await Kms.ImportKeyMaterialAsync(
            new Sdk.Model.ImportKeyMaterialRequest
            {
                KeyId = keyId,
                ImportToken = parameters.ImportToken,
                EncryptedKeyMaterial = new MemoryStream(rsa.Encrypt(RandomNumberGenerator.GetBytes(32), RSAEncryptionPadding.OaepSHA256)),
                ExpirationModel = Sdk.ExpirationModelType.KEY_MATERIAL_EXPIRES,
                ValidTo = DateTime.UtcNow.AddDays(1),
            },
            Cancellation);
        DateTime validTo = (await Kms.DescribeKeyAsync(keyId, Cancellation)).KeyMetadata.ValidTo!.Value.ToUniversalTime();
        Assert.Equal(DateTime.UtcNow.AddDays(1), validTo, TimeSpan.FromMinutes(1));
        await Kms.DeleteImportedKeyMaterialAsync(new Sdk.Model.DeleteImportedKeyMaterialRequest { KeyId = keyId }, Cancellation);
    }

    private async Task MultiRegionKeysAsync()
    {
        string keyId = (await Kms.CreateKeyAsync(new Sdk.Model.CreateKeyRequest { MultiRegion = true }, Cancellation)).KeyMetadata.KeyId;
        Sdk.Model.ReplicateKeyResponse replica = await Kms.ReplicateKeyAsync(
            new Sdk.Model.ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = "eu-west-1" },
            Cancellation);
        Assert.Equal("us-east-1", replica.ReplicaKeyMetadata.MultiRegionConfiguration.PrimaryKey.Region);
        await Kms.UpdatePrimaryRegionAsync(
            new Sdk.Model.UpdatePrimaryRegionRequest { KeyId = keyId, PrimaryRegion = "eu-west-1" },
            Cancellation);
        using AmazonKeyManagementServiceClient there = endpoint.NewClient(
            endpoint.Alice.AccessKeyId,
            endpoint.Alice.SecretAccessKey,
            "eu-west-1");
        Assert.Equal(
            Sdk.MultiRegionKeyType.PRIMARY,
            (await there.DescribeKeyAsync(keyId, Cancellation)).KeyMetadata.MultiRegionConfiguration.MultiRegionKeyType);
    }

    private async Task CustomKeyStoresAsync()
    {
        const string pin = "user-1234";
        string token = $"t{Guid.NewGuid():N}"[..32];
        endpoint.Engine.HsmTokens.Initialize(SoftHsm.Library, token, Encoding.UTF8.GetBytes("officer-5678"), Encoding.UTF8.GetBytes(pin));
        HsmClusterDescription cluster = endpoint.Engine.HsmClusters.Register(SoftHsm.Library, [token]);

        string id = (await Kms.CreateCustomKeyStoreAsync(
            new Sdk.Model.CreateCustomKeyStoreRequest
            {
                CustomKeyStoreName = "lab",
                CloudHsmClusterId = cluster.ClusterId,
                TrustAnchorCertificate = cluster.TrustAnchorCertificate,
                KeyStorePassword = pin,
            },
            Cancellation)).CustomKeyStoreId;
        await Kms.ConnectCustomKeyStoreAsync(new Sdk.Model.ConnectCustomKeyStoreRequest { CustomKeyStoreId = id }, Cancellation);
        Sdk.Model.CustomKeyStoresListEntry store = (await Kms.DescribeCustomKeyStoresAsync(
            new Sdk.Model.DescribeCustomKeyStoresRequest { CustomKeyStoreId = id },
            Cancellation)).CustomKeyStores.Single();
        Assert.Equal(Sdk.ConnectionStateType.CONNECTED, store.ConnectionState);
        await Kms.DisconnectCustomKeyStoreAsync(new Sdk.Model.DisconnectCustomKeyStoreRequest { CustomKeyStoreId = id }, Cancellation);
        await Kms.UpdateCustomKeyStoreAsync(
            new Sdk.Model.UpdateCustomKeyStoreRequest { CustomKeyStoreId = id, NewCustomKeyStoreName = "other" },
            Cancellation);
        using CancellationTokenSource source = new(TimeSpan.FromMinutes(1));
        await Kms.DeleteCustomKeyStoreAsync(new Sdk.Model.DeleteCustomKeyStoreRequest { CustomKeyStoreId = id }, source.Token);
    }

    private Task<Sdk.Model.CreateGrantResponse> CreateGrantAsync(string keyId) => Kms.CreateGrantAsync(
        new Sdk.Model.CreateGrantRequest
        {
            KeyId = keyId,
            GranteePrincipal = Alice,
            RetiringPrincipal = Alice,
            Operations = ["Decrypt"],
        }, Cancellation);

    private Task<Sdk.Model.EncryptResponse> EncryptAsync(string keyId) =>
        Kms.EncryptAsync(new Sdk.Model.EncryptRequest { KeyId = keyId, Plaintext = new MemoryStream(Hello) }, Cancellation);

    private async Task<string> CreateKeyAsync(Sdk.KeySpec? spec = null, Sdk.KeyUsageType? usage = null) =>
        (await Kms.CreateKeyAsync(new Sdk.Model.CreateKeyRequest { KeySpec = spec, KeyUsage = usage }, Cancellation)).KeyMetadata.KeyId;
}
