namespace KmsTools.Operations;

public sealed class DisableKeyRotationTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void DisableKeyRotation_Enabled_KeepsMaterialsAndRotatesNoMore()
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Call(new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = 90 });
        byte[] blob = _kms.Encrypt(keyId, 1);
        _kms.StepDays(90);

        Assert.Same(EmptyResponse.Instance, _kms.Call(new DisableKeyRotationRequest { KeyId = keyId }));

        _kms.StepDays(1000);
        Assert.Single(_kms.Call(new ListKeyRotationsRequest { KeyId = keyId }).Rotations);
        Assert.Equal([1], _kms.Decrypt(blob));
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = keyId });
        Assert.Equal(2, _kms.Call(new ListKeyRotationsRequest { KeyId = keyId }).Rotations.Length);
    }
}
