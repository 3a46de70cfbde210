namespace KmsTools.Operations;

public sealed class ReEncryptTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void ReEncrypt_OtherKeyAndContext_MovesThePlaintext()
    {
        KeyMetadata source = _kms.CreateKey();
        KeyMetadata destination = _kms.CreateKey();
        Dictionary<string, string> before = new() { ["a"] = "1" };
        Dictionary<string, string> after = new() { ["b"] = "2" };
        byte[] blob = _kms.Call(new EncryptRequest { KeyId = source.KeyId, Plaintext = [4, 2], EncryptionContext = before }).CiphertextBlob
            .ToArray();

        ReEncryptResponse moved = _kms.Call(new ReEncryptRequest
        {
            CiphertextBlob = blob,
            SourceEncryptionContext = before,
            DestinationKeyId = destination.Arn,
            DestinationEncryptionContext = after,
        });

        Assert.Equal(source.Arn, moved.SourceKeyId);
        Assert.Equal(destination.Arn, moved.KeyId);
        Assert.Equal(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT, moved.SourceEncryptionAlgorithm);
        Assert.Equal(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT, moved.DestinationEncryptionAlgorithm);
        Assert.Equal(source.CurrentKeyMaterialId, moved.SourceKeyMaterialId);
        Assert.Equal(destination.CurrentKeyMaterialId, moved.DestinationKeyMaterialId);
        DecryptResponse decrypted = _kms.Call(
            new DecryptRequest { CiphertextBlob = moved.CiphertextBlob.ToArray(), EncryptionContext = after });
        Assert.Equal([4, 2], decrypted.Plaintext!.ToArray());
        Assert.Equal(destination.Arn, decrypted.KeyId);
    }

    [Fact]
    public void ReEncrypt_SameKey_IsAllowedAndTakesTheNewMaterial()
    {
        KeyMetadata key = _kms.CreateKey();
        byte[] blob = _kms.Encrypt(key.KeyId, 3);
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });

        ReEncryptResponse moved = _kms.Call(new ReEncryptRequest { CiphertextBlob = blob, DestinationKeyId = key.KeyId });

        Assert.Equal(key.CurrentKeyMaterialId, moved.SourceKeyMaterialId);
        Assert.Equal(_kms.Describe(key.KeyId).CurrentKeyMaterialId, moved.DestinationKeyMaterialId);
        Assert.NotEqual(moved.SourceKeyMaterialId, moved.DestinationKeyMaterialId);
    }

    [Fact]
    public void ReEncrypt_BothKeysWrong_ReportsTheSourceFirst()
    {
        byte[] blob = _kms.Encrypt(_kms.CreateKey().KeyId);

        Assert.Equal("IncorrectKeyException", _kms.Error(new ReEncryptRequest
        {
            CiphertextBlob = blob,
            SourceKeyId = _kms.CreateKey().KeyId,
            DestinationKeyId = "alias/nobody",
        }).Code);
    }

    [Fact]
    public void ReEncrypt_DestinationUnknown_IsNotFound()
    {
        byte[] blob = _kms.Encrypt(_kms.CreateKey().KeyId);

        _kms.Refuses(
            new ReEncryptRequest { CiphertextBlob = blob, DestinationKeyId = "alias/nobody" },
            "NotFoundException",
            "Alias arn:aws:kms:us-east-1:111122223333:alias/nobody is not found.");
    }

    [Fact]
    public void ReEncrypt_WrongSourceContext_IsInvalidCiphertext()
    {
        string keyId = _kms.CreateKey().KeyId;
        byte[] blob = _kms.Encrypt(keyId);

        _kms.Refuses(
            new ReEncryptRequest
            {
                CiphertextBlob = blob,
                SourceEncryptionContext = new Dictionary<string, string> { ["a"] = "b" },
                DestinationKeyId = keyId,
            },
            "InvalidCiphertextException",
            "");
    }

    [Fact]
    public void ReEncrypt_PlaintextOf4096Bytes_StaysWithinTheBlobLimit()
    {
        string keyId = _kms.CreateKey().KeyId;
        byte[] plaintext = new byte[4096];
        byte[] blob = _kms.Encrypt(keyId, plaintext);

        for (int round = 0; round < 3; round++)
        {
            blob = _kms.Call(new ReEncryptRequest { CiphertextBlob = blob, DestinationKeyId = keyId }).CiphertextBlob.ToArray();
        }

        Assert.Equal(plaintext, _kms.Decrypt(blob));
    }

    [Fact]
    public void ReEncrypt_DryRun_ChecksBothSides()
    {
        string keyId = _kms.CreateKey().KeyId;
        byte[] blob = _kms.Encrypt(keyId);
        Dictionary<string, string> tooLong = new() { ["k"] = new('v', 8192) };

        Assert.Equal(
            "DryRunOperationException",
            _kms.Error(new ReEncryptRequest { CiphertextBlob = blob, DestinationKeyId = keyId, DryRun = true }).Code);
        Assert.Equal("ValidationException", _kms.Error(new ReEncryptRequest
        {
            CiphertextBlob = blob,
            DestinationKeyId = keyId,
            DestinationEncryptionContext = tooLong,
            DryRun = true,
        }).Code);
        Assert.Equal("DryRunOperationException", _kms.Error(new ReEncryptRequest
        {
            SourceKeyId = keyId,
            DestinationKeyId = keyId,
            DryRun = true,
            DryRunModifiers = ["IGNORE_CIPHERTEXT"],
        }).Code);
        Assert.Equal(
            ("ValidationException", "1 validation error detected: Value null at 'sourceKeyId' failed to satisfy constraint: Member must "
                + "not be null"),
            _kms.Error(new ReEncryptRequest { DestinationKeyId = keyId, DryRun = true, DryRunModifiers = ["IGNORE_CIPHERTEXT"] }));
    }

    [Fact]
    public void ReEncrypt_DryRunIgnoringADamagedCiphertext_WouldSucceed()
    {
        string keyId = _kms.CreateKey().KeyId;

        Assert.Equal("DryRunOperationException", _kms.Error(new ReEncryptRequest
        {
            CiphertextBlob = [1],
            SourceKeyId = keyId,
            DestinationKeyId = keyId,
            DryRun = true,
            DryRunModifiers = ["IGNORE_CIPHERTEXT"],
        }).Code);
    }

    [Fact]
    public void ReEncrypt_Answered_CountsAsUseOfBothKeys()
    {
        string source = _kms.CreateKey().KeyId;
        string destination = _kms.CreateKey().KeyId;

        _kms.Call(new ReEncryptRequest { CiphertextBlob = _kms.Encrypt(source), DestinationKeyId = destination });

        Assert.All([source, destination], keyId =>
            Assert.Equal("ReEncrypt", _kms.Call(new GetKeyLastUsageRequest { KeyId = keyId }).KeyLastUsage.Operation));
    }
}
