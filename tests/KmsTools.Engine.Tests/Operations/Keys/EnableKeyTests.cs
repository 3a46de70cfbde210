namespace KmsTools.Operations;

public sealed class EnableKeyTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void EnableKey_Disabled_MakesItUsableAgain()
    {
        string keyId = _kms.CreateKey().KeyId;
        byte[] blob = _kms.Encrypt(keyId, 1);
        _kms.Disable(keyId);
        Assert.Equal("DisabledException", _kms.Error(new DecryptRequest { CiphertextBlob = blob }).Code);

        Assert.Same(EmptyResponse.Instance, _kms.Call(new EnableKeyRequest { KeyId = keyId }));

        Assert.Equal([1], _kms.Decrypt(blob));
        Assert.True(_kms.Describe(keyId).Enabled);
    }

    [Fact]
    public void EnableKey_ByArn_Works()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Disable(key.Arn);

        _kms.Enable(key.Arn);

        Assert.Equal(KeyState.Enabled, _kms.Describe(key.KeyId).KeyState);
    }
}
