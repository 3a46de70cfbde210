namespace KmsTools.Operations;

public sealed class ListKeyRotationsTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void ListKeyRotations_GeneratedMaterial_ShowsRotationsOrAll()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });
        string current = _kms.Describe(key.KeyId).CurrentKeyMaterialId!;

        RotationsListEntry rotated = new()
        {
            KeyId = key.Arn,
            KeyMaterialId = current,
            KeyMaterialState = KeyMaterialState.CURRENT,
            RotationDate = new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc),
            RotationType = RotationType.ON_DEMAND,
        };
        RotationsListEntry first = new()
        {
            KeyId = key.Arn,
            KeyMaterialId = key.CurrentKeyMaterialId!,
            KeyMaterialState = KeyMaterialState.NON_CURRENT,
        };
        Assert.Equal([rotated], _kms.Call(new ListKeyRotationsRequest { KeyId = key.KeyId }).Rotations);
        Assert.Equal(
            [rotated],
            _kms.Call(new ListKeyRotationsRequest { KeyId = key.KeyId, IncludeKeyMaterial = "ROTATIONS_ONLY" }).Rotations);
        Assert.Equal(
            [first, rotated],
            _kms.Call(new ListKeyRotationsRequest { KeyId = key.KeyId, IncludeKeyMaterial = "ALL_KEY_MATERIAL" }).Rotations);
    }

    [Fact]
    public void ListKeyRotations_Pages_ShowEveryRotationOnce()
    {
        string keyId = _kms.CreateKey().KeyId;
        for (int i = 0; i < 5; i++)
        {
            _kms.StepDays(1);
            _kms.Call(new RotateKeyOnDemandRequest { KeyId = keyId });
        }

        ListKeyRotationsResponse first = _kms.Call(new ListKeyRotationsRequest { KeyId = keyId, Limit = 3 });
        ListKeyRotationsResponse second = _kms.Call(new ListKeyRotationsRequest { KeyId = keyId, Limit = 3, Marker = first.NextMarker });

        Assert.Equal((3, true), (first.Rotations.Length, first.Truncated));
        Assert.Equal((2, false, null), (second.Rotations.Length, second.Truncated, second.NextMarker));
        Assert.Equal([2, 3, 4, 5, 6], first.Rotations.Concat(second.Rotations).Select(rotation => rotation.RotationDate!.Value.Day));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void ListKeyRotations_LimitOutOfBounds_IsRefused(int limit) => Assert.Equal(
        "ValidationException", _kms.Error(new ListKeyRotationsRequest { KeyId = _kms.CreateKey().KeyId, Limit = limit }).Code);

    [Fact]
    public void ListKeyRotations_ForeignMarker_IsInvalidMarker()
    {
        string keyId = _kms.CreateKey().KeyId;
        string other = _kms.CreateKey().KeyId;
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = other });
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = other });
        string marker = _kms.Call(new ListKeyRotationsRequest { KeyId = other, Limit = 1 }).NextMarker!;

        Assert.Equal("InvalidMarkerException", _kms.Error(new ListKeyRotationsRequest { KeyId = keyId, Marker = marker }).Code);
        Assert.Equal("InvalidMarkerException", _kms.Error(new ListKeyRotationsRequest { KeyId = keyId, Marker = "x" }).Code);
    }
}
