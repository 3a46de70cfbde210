using KmsTools.Persistence;

namespace KmsTools.Operations;

public sealed class GenerateDataKeyPairTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(DataKeyPairSpec.RSA_2048)]
    [InlineData(DataKeyPairSpec.RSA_3072)]
    [InlineData(DataKeyPairSpec.RSA_4096)]
    [InlineData(DataKeyPairSpec.ECC_NIST_P256)]
    [InlineData(DataKeyPairSpec.ECC_NIST_P384)]
    [InlineData(DataKeyPairSpec.ECC_NIST_P521)]
    [InlineData(DataKeyPairSpec.ECC_SECG_P256K1)]
    [InlineData(DataKeyPairSpec.ECC_NIST_EDWARDS25519)]
    public void GenerateDataKeyPair_EverySpec_GivesAPairThatOpenSslReads(DataKeyPairSpec spec)
    {
        using OpenSsl openSsl = new();
        KeyMetadata key = _kms.CreateKey();
        Dictionary<string, string> context = new() { ["for"] = "test" };

        GenerateDataKeyPairResponse pair = _kms.Call(
            new GenerateDataKeyPairRequest { KeyId = key.KeyId, KeyPairSpec = spec.ToString(), EncryptionContext = context });
        byte[] privateKey = pair.PrivateKeyPlaintext!.ToArray();

        Assert.Equal((key.Arn, spec, key.CurrentKeyMaterialId), (pair.KeyId, pair.KeyPairSpec, pair.KeyMaterialId));
        Assert.Equal(privateKey, _kms.Call(new DecryptRequest
        {
            CiphertextBlob = pair.PrivateKeyCiphertextBlob.ToArray(),
            EncryptionContext = context,
        }).Plaintext!.ToArray());
        openSsl.Write("private", privateKey).Run("pkey -inform DER -in private -check -noout");
        openSsl.Run("pkey -inform DER -in private -pubout -outform DER -out public");
        Assert.Equal(openSsl.Read("public"), pair.PublicKey.ToArray());
    }

    [Fact]
    public void GenerateDataKeyPair_AnotherEncryptionContext_DoesNotDecrypt()
    {
        GenerateDataKeyPairResponse pair = _kms.Call(new GenerateDataKeyPairRequest
        {
            KeyId = _kms.CreateKey().KeyId,
            KeyPairSpec = "ECC_NIST_P256",
            EncryptionContext = new Dictionary<string, string> { ["for"] = "test" },
        });

        _kms.Refuses(new DecryptRequest { CiphertextBlob = pair.PrivateKeyCiphertextBlob.ToArray() }, "InvalidCiphertextException", "");
    }

    // RFC 8410, sections 4 and 7: as OpenSSL writes them.
    [Fact]
    public void GenerateDataKeyPair_Ed25519_HasTheShortestEncodings()
    {
        GenerateDataKeyPairResponse pair = _kms.Call(
            new GenerateDataKeyPairRequest { KeyId = _kms.CreateKey().KeyId, KeyPairSpec = "ECC_NIST_EDWARDS25519" });

        Assert.Equal((48, 44), (pair.PrivateKeyPlaintext!.ToArray().Length, pair.PublicKey.ToArray().Length));
        Assert.Equal("302E020100300506032B657004220420", Convert.ToHexString(pair.PrivateKeyPlaintext.ToArray().AsSpan(0, 16)));
        Assert.Equal("302A300506032B6570032100", Convert.ToHexString(pair.PublicKey.ToArray().AsSpan(0, 12)));
    }

    [Fact]
    public void GenerateDataKeyPair_SpecNotOffered_IsUnsupportedEvenInADryRun()
    {
        GenerateDataKeyPairRequest request = new() { KeyId = _kms.CreateKey().KeyId, KeyPairSpec = "SM2" };

        Assert.Equal("UnsupportedOperationException", _kms.Refused(request).ErrorCode);
        Assert.Equal("UnsupportedOperationException", _kms.Refused(request with { DryRun = true }).ErrorCode);
    }

    [Fact]
    public void GenerateDataKeyPair_AsymmetricKey_IsRefused()
    {
        KeyMetadata rsa = _kms.CreateKey(KeySpec.RSA_2048, KeyUsageType.ENCRYPT_DECRYPT);
        KeyMetadata hmac = _kms.CreateKey(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC);

        _kms.Refuses(
            new GenerateDataKeyPairRequest { KeyId = rsa.KeyId, KeyPairSpec = "ECC_NIST_P256" },
            "InvalidKeyUsageException",
            $"{rsa.Arn} key KeySpec is RSA_2048 which is not valid for GenerateDataKeyPair.");
        _kms.Refuses(
            new GenerateDataKeyPairRequest { KeyId = hmac.KeyId, KeyPairSpec = "ECC_NIST_P256" },
            "InvalidKeyUsageException",
            $"{hmac.Arn} key usage is GENERATE_VERIFY_MAC which is not valid for GenerateDataKeyPair.");
    }

    [Fact]
    public void GenerateDataKeyPair_KeyInCustomKeyStore_IsUnsupported()
    {
        string keyId = AddKeyInCustomKeyStore();

        Assert.Equal(
            "UnsupportedOperationException",
            _kms.Refused(new GenerateDataKeyPairRequest { KeyId = keyId, KeyPairSpec = "ECC_NIST_P256" }).ErrorCode);
        Assert.Equal(
            "UnsupportedOperationException",
            _kms.Refused(new GenerateDataKeyPairWithoutPlaintextRequest { KeyId = keyId, KeyPairSpec = "ECC_NIST_P256" }).ErrorCode);
    }

    [Fact]
    public void GenerateDataKeyPair_DryRun_Ends() => Assert.Equal(
        "DryRunOperationException",
        _kms.Refused(new GenerateDataKeyPairRequest { KeyId = _kms.CreateKey().KeyId, KeyPairSpec = "RSA_4096", DryRun = true }).ErrorCode);

    [Fact]
    public void GenerateDataKeyPair_Event_HasTheSpecAndNoKey()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Call(new GenerateDataKeyPairRequest { KeyId = key.KeyId, KeyPairSpec = "ECC_NIST_P256" });

        Assert.Equal(
            $$"""{"keyId":"{{key.KeyId}}","keyPairSpec":"ECC_NIST_P256"}""", Assert.Single(_kms.Events("GenerateDataKeyPair"))
                .ParametersJson());
        Assert.Equal("GenerateDataKeyPair", _kms.Call(new GetKeyLastUsageRequest { KeyId = key.KeyId }).KeyLastUsage.Operation);
    }

    /// <summary>A key of a connected custom key store, as the store has it: the call must end before it comes to the HSMs.</summary>
    private string AddKeyInCustomKeyStore()
    {
        using IStateTransaction transaction = _kms.Engine.Store.BeginTransaction();
        HsmCluster cluster = new()
        {
            ClusterId = "cluster-abcdefghijk",
            Library = "none",
            Tokens = [new HsmToken("label", "serial")],
            TrustAnchorCertificate = "certificate",
            CreationDate = KmsFixture.Start,
        };
        transaction.InsertCluster(cluster);
        CustomKeyStore store = new()
        {
            CustomKeyStoreId = "cks-1234567890abcdef0",
            Region = KmsFixture.Region,
            Name = "name",
            CloudHsmClusterId = cluster.ClusterId,
            TrustAnchorCertificate = "certificate",
            CreationDate = KmsFixture.Start,
            WrappedPassword = new byte[] { 1 },
            ConnectionState = ConnectionStateType.CONNECTED,
        };
        transaction.InsertCustomKeyStore(store);
        Key key = new()
        {
            AccountId = KmsFixture.Account,
            Region = KmsFixture.Region,
            KeyId = Guid.NewGuid().ToString("D"),
            CreationDate = KmsFixture.Start,
            Origin = OriginType.AWS_CLOUDHSM,
            CustomKeyStoreId = store.CustomKeyStoreId,
            CustomKeyStore = store,
            Policy = Keys.KeyPolicy.Default("111122223333"),
            Materials =
            [
                new KeyMaterial { KeyMaterialId = new string('a', 64), State = KeyMaterialState.CURRENT, CreationDate = KmsFixture.Start },
            ],
        };
        transaction.InsertKey(key);
        transaction.Commit();
        return key.KeyId;
    }
}
