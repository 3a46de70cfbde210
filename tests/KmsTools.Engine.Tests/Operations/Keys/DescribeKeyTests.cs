namespace KmsTools.Operations;

public sealed class DescribeKeyTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void DescribeKey_KeyOfEveryChange_ShowsIt()
    {
        KeyMetadata key = _kms.Call(new CreateKeyRequest { Description = "first" }).KeyMetadata;
        Assert.Equivalent(key, _kms.Describe(key.KeyId));

        _kms.Call(new UpdateKeyDescriptionRequest { KeyId = key.KeyId, Description = "second" });
        _kms.Disable(key.KeyId);

        KeyMetadata changed = _kms.Describe(key.KeyId);
        Assert.Equal(("second", KeyState.Disabled, false), (changed.Description, changed.KeyState, changed.Enabled));
    }

    [Fact]
    public void DescribeKey_ImportedMaterials_ShowsTheEarliestExpiry()
    {
        KeyMetadata key = _kms.ImportedKey(validTo: KmsFixture.Start.AddDays(20));
        Assert.Equal(ExpirationModelType.KEY_MATERIAL_EXPIRES, key.ExpirationModel);
        Assert.Equal(new DateTime(2030, 1, 21, 0, 0, 0, DateTimeKind.Utc), key.ValidTo);

        _kms.Import(key.KeyId, [.. Enumerable.Repeat((byte)1, 32)], KmsFixture.Start.AddDays(10), "NEW_KEY_MATERIAL");
        Assert.Equal(new DateTime(2030, 1, 21, 0, 0, 0, DateTimeKind.Utc), _kms.Describe(key.KeyId).ValidTo);
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });

        KeyMetadata rotated = _kms.Describe(key.KeyId);
        Assert.Equal(new DateTime(2030, 1, 11, 0, 0, 0, DateTimeKind.Utc), rotated.ValidTo);
        Assert.NotEqual(key.CurrentKeyMaterialId, rotated.CurrentKeyMaterialId);
    }

    [Fact]
    public void DescribeKey_OneOfSeveralMaterialsMissing_ShowsTheExpiryOfTheOthers()
    {
        KeyMetadata key = _kms.ImportedKey(validTo: KmsFixture.Start.AddDays(20));
        string second = _kms.Import(key.KeyId, [.. Enumerable.Repeat((byte)1, 32)], type: "NEW_KEY_MATERIAL");
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });
        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId, KeyMaterialId = second });

        KeyMetadata present = _kms.Describe(key.KeyId);
        Assert.Equal(
            (KeyState.PendingImport, ExpirationModelType.KEY_MATERIAL_EXPIRES, new DateTime(2030, 1, 21, 0, 0, 0, DateTimeKind.Utc)),
            (present.KeyState, present.ExpirationModel, present.ValidTo));

        _kms.Import(key.KeyId, [.. Enumerable.Repeat((byte)1, 32)]);
        _kms.StepDays(20);
        KeyMetadata expired = _kms.Describe(key.KeyId);
        Assert.Equal(
            (KeyState.PendingImport, ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE, null),
            (expired.KeyState, expired.ExpirationModel, expired.ValidTo));

        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId, KeyMaterialId = second });
        Assert.Equal((null, null), (_kms.Describe(key.KeyId).ExpirationModel, _kms.Describe(key.KeyId).ValidTo));
    }
}
