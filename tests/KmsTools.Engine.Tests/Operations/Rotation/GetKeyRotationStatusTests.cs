namespace KmsTools.Operations;

public sealed class GetKeyRotationStatusTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void GetKeyRotationStatus_NeverEnabled_ShowsFalseAndNothingElse()
    {
        KeyMetadata key = _kms.CreateKey();

        Assert.Equal(
            new GetKeyRotationStatusResponse { KeyId = key.Arn, KeyRotationEnabled = false },
            _kms.Call(new GetKeyRotationStatusRequest { KeyId = key.KeyId }));
    }

    [Fact]
    public void GetKeyRotationStatus_ImportedMaterial_ShowsFalse() =>
        Assert.False(_kms.Call(new GetKeyRotationStatusRequest { KeyId = _kms.CreateKey("EXTERNAL").KeyId }).KeyRotationEnabled);
}
