namespace KmsTools.Operations;

public sealed class UpdateAliasTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void UpdateAlias_AnotherKey_MovesTheNameAndItsDate()
    {
        string before = _kms.CreateKey().KeyId;
        string after = _kms.CreateKey().KeyId;
        _kms.Alias("alias/moving", before);
        byte[] blob = _kms.Encrypt("alias/moving", 6);
        _kms.StepDays(1);

        _kms.Call(new UpdateAliasRequest { AliasName = "alias/moving", TargetKeyId = after });

        AliasListEntry alias = Assert.Single(_kms.Call(new ListAliasesRequest { KeyId = after }).Aliases);
        Assert.Equal(after, alias.TargetKeyId);
        Assert.Equal(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc), alias.CreationDate);
        Assert.Equal(new DateTime(2030, 1, 2, 0, 0, 0, DateTimeKind.Utc), alias.LastUpdatedDate);
        Assert.Equal([6], _kms.Decrypt(blob));
        Assert.Equal("IncorrectKeyException", _kms.Error(new DecryptRequest { CiphertextBlob = blob, KeyId = "alias/moving" }).Code);
    }

    [Theory]
    [InlineData("RSA_2048", "ENCRYPT_DECRYPT", "key spec SYMMETRIC_DEFAULT to a CMK with key spec RSA_2048")]
    [InlineData("RSA_2048", "SIGN_VERIFY", "key usage ENCRYPT_DECRYPT to a CMK with key usage SIGN_VERIFY")]
    public void UpdateAlias_KeyOfAnotherKind_SaysInWhatItDiffers(string keySpec, string keyUsage, string difference)
    {
        _kms.Alias("alias/kind", _kms.CreateKey().KeyId);
        string other = _kms.Call(new CreateKeyRequest { KeySpec = keySpec, KeyUsage = keyUsage }).KeyMetadata.KeyId;
        _kms.Refuses(
            new UpdateAliasRequest { AliasName = "alias/kind", TargetKeyId = other },
            "ValidationException",
            $"Alias arn:aws:kms:us-east-1:111122223333:alias/kind cannot be changed from a CMK with {difference}");
    }

    [Fact]
    public void UpdateAlias_Unknown_IsNotFound() => _kms.Refuses(
        new UpdateAliasRequest { AliasName = "alias/unknown", TargetKeyId = _kms.CreateKey().KeyId },
        "NotFoundException",
        "Alias arn:aws:kms:us-east-1:111122223333:alias/unknown is not found.");
}
