namespace KmsTools.Operations;

public sealed class UpdateKeyDescriptionTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(8192)]
    public void UpdateKeyDescription_WithinTheLimit_IsKept(int length)
    {
        string keyId = _kms.Call(new CreateKeyRequest { Description = "before" }).KeyMetadata.KeyId;

        _kms.Call(new UpdateKeyDescriptionRequest { KeyId = keyId, Description = new string('x', length) });

        Assert.Equal(new string('x', length), _kms.Describe(keyId).Description);
    }

    [Fact]
    public void UpdateKeyDescription_TooLongOrMissing_IsRefused()
    {
        string keyId = _kms.CreateKey().KeyId;

        Assert.EndsWith(
            "at 'description' failed to satisfy constraint: Member must have length less than or equal to 8192",
            _kms.Error(new UpdateKeyDescriptionRequest { KeyId = keyId, Description = new string('x', 8193) }).Message,
            StringComparison.Ordinal);
        _kms.Refuses(
            new UpdateKeyDescriptionRequest { KeyId = keyId },
            "ValidationException",
            "1 validation error detected: Value null at 'description' failed to satisfy constraint: Member must not be null");
    }
}
