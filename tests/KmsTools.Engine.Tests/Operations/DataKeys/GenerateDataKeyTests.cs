namespace KmsTools.Operations;

public sealed class GenerateDataKeyTests : IDisposable
{
    // Measured on AWS (the pull request 3968 of floci); seen in the issue 3428 of boto3 too.
    private const string KeySpecs =
        "RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, "
        + "ECC_NIST_EDWARDS25519, SYMMETRIC_DEFAULT, HMAC_224, HMAC_256, HMAC_384, HMAC_512, SM2, ML_DSA_44, ML_DSA_65, ML_DSA_87";

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(null, "AES_128", 16)]
    [InlineData(null, "AES_256", 32)]
    [InlineData(1, null, 1)]
    [InlineData(1024, null, 1024)]
    public void GenerateDataKey_LengthGivenOnce_GivesThatLengthTwice(int? numberOfBytes, string? keySpec, int expected)
    {
        KeyMetadata key = _kms.CreateKey();

        GenerateDataKeyResponse dataKey = _kms.Call(new GenerateDataKeyRequest { KeyId = key.KeyId, NumberOfBytes = numberOfBytes, KeySpec = keySpec });

        Assert.Equal(key.Arn, dataKey.KeyId);
        Assert.Equal(key.CurrentKeyMaterialId, dataKey.KeyMaterialId);
        Assert.Equal(expected, dataKey.Plaintext!.Length);
        Assert.Equal(dataKey.Plaintext.ToArray(), _kms.Decrypt(dataKey.CiphertextBlob.ToArray()));
    }

    [Theory]
    [InlineData(null, null, "Please specify either number of bytes or key spec.")]
    [InlineData(32, "AES_256", "Please specify either number of bytes or key spec.")]
    [InlineData(0, null, "1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value "
        + "greater than or equal to 1")]
    [InlineData(1025, null, "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have "
        + "value less than or equal to 1024")]
    [InlineData(null, "AES_512", "1 validation error detected: Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must "
        + "satisfy enum value set: [" + KeySpecs + "]")]
    [InlineData(null, "AES-256", "1 validation error detected: Value 'AES-256' at 'keySpec' failed to satisfy constraint: Member must "
        + "satisfy enum value set: [" + KeySpecs + "]")]
    [InlineData(null, "RSA_2048", "1 validation error detected: Value 'RSA_2048' at 'keySpec' failed to satisfy constraint: Member must "
        + "satisfy enum value set: [" + KeySpecs + "]")]
    public void GenerateDataKey_WrongLength_IsRefused(int? numberOfBytes, string? keySpec, string message) => _kms.Refuses(
        new GenerateDataKeyRequest { KeyId = _kms.CreateKey().KeyId, NumberOfBytes = numberOfBytes, KeySpec = keySpec },
        "ValidationException",
        message);

    [Fact]
    public void GenerateDataKey_Context_IsNeededToDecrypt()
    {
        Dictionary<string, string> context = new() { ["file"] = "a.txt" };
        GenerateDataKeyResponse dataKey = _kms.Call(new GenerateDataKeyRequest { KeyId = _kms.CreateKey().KeyId, KeySpec = "AES_256", EncryptionContext = context });
        byte[] blob = dataKey.CiphertextBlob.ToArray();

        Assert.Equal(("InvalidCiphertextException", ""), _kms.Error(new DecryptRequest { CiphertextBlob = blob }));
        Assert.Equal(
            dataKey.Plaintext!.ToArray(),
            _kms.Call(new DecryptRequest { CiphertextBlob = blob, EncryptionContext = context }).Plaintext!.ToArray());
    }

    [Fact]
    public void GenerateDataKey_DryRun_GivesNothing()
    {
        Dictionary<string, string> tooLong = new() { ["k"] = new('v', 8192) };
        GenerateDataKeyRequest request = new() { KeyId = _kms.CreateKey().KeyId, KeySpec = "AES_256", DryRun = true };

        Assert.Equal("DryRunOperationException", _kms.Error(request).Code);
        Assert.Equal("ValidationException", _kms.Error(request with { EncryptionContext = tooLong }).Code);
        Assert.Equal("NotFoundException", _kms.Error(request with { KeyId = "alias/nobody" }).Code);
    }

    [Fact]
    public void GenerateDataKey_PlaintextDisposed_IsZeroed()
    {
        KmsSecretBlob plaintext = _kms.Call(new GenerateDataKeyRequest { KeyId = _kms.CreateKey().KeyId, KeySpec = "AES_256" }).Plaintext!;
        Assert.Contains(plaintext.ToArray(), value => value != 0);

        plaintext.Dispose();

        Assert.All(plaintext.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void GenerateDataKey_Recipient_IsNotOffered() => Assert.Equal("UnsupportedOperationException", _kms.Error(new GenerateDataKeyRequest
    {
        KeyId = _kms.CreateKey().KeyId,
        KeySpec = "AES_256",
        Recipient = new RecipientInfo { AttestationDocument = [1] },
    }).Code);
}
