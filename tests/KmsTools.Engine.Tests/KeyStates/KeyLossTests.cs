using KmsTools.Cryptography;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools;

public sealed class KeyLossTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "everything it encrypted becomes unreadable for good")]
    [InlineData("RSA_2048", "ENCRYPT_DECRYPT", "everything that its public key encrypted becomes unreadable for good")]
    [InlineData("RSA_2048", "SIGN_VERIFY", "it can never sign again, and only its public key can verify what it signed")]
    [InlineData("ECC_NIST_P256", "SIGN_VERIFY", "it can never sign again, and only its public key can verify what it signed")]
    [InlineData("ECC_NIST_P256", "KEY_AGREEMENT", "none of its shared secrets can ever be derived again")]
    [InlineData("HMAC_256", "GENERATE_VERIFY_MAC", "none of its MACs can ever be verified again")]
    public void OfKey_EveryUsage_SaysWhatIsLost(string spec, string usage, string loss) =>
        Assert.Equal(loss, KeyLoss.OfKey(Key(_kms.Call(new CreateKeyRequest { KeySpec = spec, KeyUsage = usage }).KeyMetadata.KeyId)));

    [Fact]
    public void OfKey_OfReplicaAndPrimary_SaysWhereItIsKept()
    {
        string keyId = _kms.Call(new CreateKeyRequest { MultiRegion = true }).KeyMetadata.KeyId;
        Replicate(keyId, "eu-west-1");
        Replicate(keyId, "ap-south-1");

        Assert.Equal(
            "only its related keys in ap-south-1, us-east-1 can encrypt or decrypt then",
            KeyLoss.OfKey(Key(keyId, "eu-west-1")));
        Assert.Equal("everything it encrypted becomes unreadable for good", KeyLoss.OfKey(Key(keyId)));
    }

    [Fact]
    public void OfKey_WithoutMaterial_LosesNothing() =>
        Assert.Equal("it never had key material", KeyLoss.OfKey(Key(_kms.CreateKey("EXTERNAL").KeyId)));

    [Theory]
    [InlineData(KeyUsageType.ENCRYPT_DECRYPT, "encrypt or decrypt")]
    [InlineData(KeyUsageType.SIGN_VERIFY, "sign or verify")]
    [InlineData(KeyUsageType.GENERATE_VERIFY_MAC, "generate or verify MACs")]
    [InlineData(KeyUsageType.KEY_AGREEMENT, "derive shared secrets")]
    public void Work_EveryUsage_IsInWords(KeyUsageType usage, string work) => Assert.Equal(work, KeyLoss.Work(usage));

    [Fact]
    public void FindMaterialLoss_OfEachRole_SaysWhatIsLost()
    {
        string keyId = _kms.CreateKey("EXTERNAL").KeyId;
        Assert.Equal("the key has no bytes of it", Loss(keyId));
        string first = _kms.Import(keyId, new byte[32]);
        const string used = "nothing it encrypted can be read, and the key cannot be used, until the same bytes are imported again";
        Assert.Equal(used, Loss(keyId));
        string second = _kms.Import(keyId, [.. Enumerable.Repeat((byte)1, 32)], type: "NEW_KEY_MATERIAL");
        Assert.Equal("it has encrypted nothing yet, and the key stays usable", Loss(keyId, second));
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = keyId });
        Assert.Equal(used, Loss(keyId, first));
        Assert.Equal(used, Loss(keyId, second));
        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = keyId, KeyMaterialId = first });
        Assert.Equal("the key has no bytes of it", Loss(keyId, first));
        Assert.Equal(KeyState.PendingImport, _kms.Describe(keyId).KeyState);
    }

    [Fact]
    public void FindMaterialLoss_OfMacKey_SaysWhatItCannotDo()
    {
        string keyId = _kms.Call(
            new CreateKeyRequest { Origin = "EXTERNAL", KeySpec = "HMAC_256", KeyUsage = "GENERATE_VERIFY_MAC" }).KeyMetadata.KeyId;
        _kms.Import(keyId, new byte[32]);

        Assert.Equal("the key cannot generate or verify MACs until the same bytes are imported again", Loss(keyId));
    }

    [Fact]
    public void FindMaterialLoss_OfRelatedKeys_SaysWhichKeepTheirs()
    {
        string keyId = _kms.Call(new CreateKeyRequest { Origin = "EXTERNAL", MultiRegion = true }).KeyMetadata.KeyId;
        _kms.Import(keyId, new byte[32]);
        Replicate(keyId, "eu-west-1");
        const string loss = "the key cannot encrypt or decrypt until the same bytes are imported again; its related keys in ";
        Assert.Equal(loss + "eu-west-1 keep theirs", Loss(keyId));
        byte[] bytes = [.. Enumerable.Repeat((byte)1, 32)];
        string pending = _kms.Import(keyId, bytes, type: "NEW_KEY_MATERIAL");
        Assert.Equal("it has encrypted nothing yet, and the key stays usable", Loss(keyId, pending));
        GetParametersForImportResponse there = _kms.Call(
            new GetParametersForImportRequest
            {
                KeyId = keyId, WrappingAlgorithm = "RSAES_OAEP_SHA_256", WrappingKeySpec = "RSA_2048",
            },
            "eu-west-1");
        _kms.Call(
            new ImportKeyMaterialRequest
            {
                KeyId = keyId,
                ImportToken = there.ImportToken.ToArray(),
                EncryptedKeyMaterial = MaterialWrapping.Wrap(there.PublicKey.ToArray(), AlgorithmSpec.RSAES_OAEP_SHA_256, bytes),
                ExpirationModel = "KEY_MATERIAL_DOES_NOT_EXPIRE",
            },
            "eu-west-1");

        Assert.Equal(
            "it has encrypted nothing yet, and the key stays usable; its replicas in eu-west-1 lose it too", Loss(keyId, pending));
        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = keyId, KeyMaterialId = pending });
        Assert.Equal(KeyState.Enabled, _kms.Describe(keyId).KeyState);
    }

    private Key Key(string keyId, string region = "us-east-1")
    {
        using IStateReader state = _kms.Engine.OpenReader();
        return state.FindKey(region, keyId)!;
    }

    private string Loss(string keyId, string? keyMaterialId = null) => _kms.Engine.FindMaterialLoss(Key(keyId), keyMaterialId);

    private void Replicate(string keyId, string region) =>
        _kms.Call(new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = region });
}
