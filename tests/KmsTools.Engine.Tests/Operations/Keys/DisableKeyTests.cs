namespace KmsTools.Operations;

public sealed class DisableKeyTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void DisableKey_Enabled_RefusesUseAndNothingElse()
    {
        KeyMetadata key = _kms.CreateKey();

        Assert.Same(EmptyResponse.Instance, _kms.Call(new DisableKeyRequest { KeyId = key.KeyId }));

        _kms.Refuses(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] }, "DisabledException", $"{key.Arn} is disabled.");
        _kms.Alias("alias/disabled", key.KeyId);
        Assert.Equal(KeyState.Disabled, _kms.Describe("alias/disabled").KeyState);
    }

    [Fact]
    public void DisableKey_Twice_IsNoError()
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Disable(keyId);
        _kms.Disable(keyId);

        Assert.Equal(KeyState.Disabled, _kms.Describe(keyId).KeyState);
    }
}
