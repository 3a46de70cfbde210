namespace KmsTools.Operations;

public sealed class CreateKeyTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void CreateKey_WithoutParameters_MakesAnEnabledSymmetricKey()
    {
        KeyMetadata key = _kms.Call(new CreateKeyRequest()).KeyMetadata;

        Assert.Equal("111122223333", key.AWSAccountId);
        Assert.Equal($"arn:aws:kms:us-east-1:111122223333:key/{key.KeyId}", key.Arn);
        Assert.Equal(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc), key.CreationDate);
        Assert.True(key.Enabled);
        Assert.Equal(KeyState.Enabled, key.KeyState);
        Assert.Equal("", key.Description);
        Assert.Equal(KeyUsageType.ENCRYPT_DECRYPT, key.KeyUsage);
        Assert.Equal(OriginType.AWS_KMS, key.Origin);
        Assert.Equal(KeyManagerType.CUSTOMER, key.KeyManager);
        Assert.Equal(KeySpec.SYMMETRIC_DEFAULT, key.KeySpec);
        Assert.Equal([EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT], key.EncryptionAlgorithms);
        Assert.False(key.MultiRegion);
        Assert.Matches("^[0-9a-f]{64}$", key.CurrentKeyMaterialId);
        Assert.Null(key.DeletionDate);
        Assert.Equivalent(key, _kms.Describe(key.KeyId));
    }

    [Fact]
    public void CreateKey_External_IsPendingImport()
    {
        KeyMetadata key = _kms.CreateKey("EXTERNAL");

        Assert.Equal(KeyState.PendingImport, key.KeyState);
        Assert.False(key.Enabled);
        Assert.Null(key.CurrentKeyMaterialId);
        Assert.Null(key.ExpirationModel);
    }

    [Fact]
    public void CreateKey_UnknownKeySpec_ListsTheKnownOnes()
    {
        KmsException error = _kms.Refused(new CreateKeyRequest { KeySpec = "AES_512" });

        Assert.Equal("ValidationException", error.ErrorCode);
        Assert.StartsWith(
            "1 validation error detected: Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [",
            error.Message,
            StringComparison.Ordinal);
    }
}
