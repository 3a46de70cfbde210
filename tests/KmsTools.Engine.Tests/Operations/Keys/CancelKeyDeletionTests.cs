namespace KmsTools.Operations;

public sealed class CancelKeyDeletionTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CancelKeyDeletion_WhateverItWasBefore_IsDisabledAfter(bool disabledBefore)
    {
        KeyMetadata key = _kms.CreateKey();
        byte[] blob = _kms.Encrypt(key.KeyId, 8);
        if (disabledBefore)
        {
            _kms.Disable(key.KeyId);
        }

        _kms.Schedule(key.KeyId);
        _kms.StepDays(6.9);

        Assert.Equal(key.Arn, _kms.Call(new CancelKeyDeletionRequest { KeyId = key.KeyId }).KeyId);

        KeyMetadata after = _kms.Describe(key.KeyId);
        Assert.Equal((KeyState.Disabled, false, null), (after.KeyState, after.Enabled, after.DeletionDate));
        _kms.StepDays(30);
        _kms.Enable(key.KeyId);
        Assert.Equal([8], _kms.Decrypt(blob));
    }

    [Fact]
    public void CancelKeyDeletion_ScheduledAgain_HasANewDate()
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Schedule(keyId);
        _kms.StepDays(5);
        _kms.Call(new CancelKeyDeletionRequest { KeyId = keyId });

        _kms.Schedule(keyId);

        Assert.Equal(new DateTime(2030, 1, 13, 0, 0, 0, DateTimeKind.Utc), _kms.Describe(keyId).DeletionDate);
    }

    [Fact]
    public void CancelKeyDeletion_MaterialMissing_IsPendingImportUntilItIsBack()
    {
        byte[] material = new byte[32];
        string keyId = _kms.ImportedKey(material).KeyId;
        _kms.Schedule(keyId);
        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = keyId });
        Assert.Equal(KeyState.PendingDeletion, _kms.Describe(keyId).KeyState);
        _kms.Call(new CancelKeyDeletionRequest { KeyId = keyId });
        Assert.Equal(KeyState.PendingImport, _kms.Describe(keyId).KeyState);

        Assert.EndsWith(" is pending import.", _kms.Refused(new EnableKeyRequest { KeyId = keyId }).Message, StringComparison.Ordinal);

        _kms.Import(keyId, material);

        Assert.Equal(KeyState.Enabled, _kms.Describe(keyId).KeyState);
    }

    [Fact]
    public void CancelKeyDeletion_ImportedMaterialPresent_IsDisabledAlsoAfterAReimport()
    {
        byte[] material = new byte[32];
        string keyId = _kms.ImportedKey(material).KeyId;
        _kms.Schedule(keyId);
        _kms.Call(new CancelKeyDeletionRequest { KeyId = keyId });
        Assert.Equal(KeyState.Disabled, _kms.Describe(keyId).KeyState);

        _kms.Import(keyId, material);

        Assert.Equal(KeyState.Disabled, _kms.Describe(keyId).KeyState);
    }

    [Fact]
    public void CancelKeyDeletion_NeverImported_IsPendingImport()
    {
        string keyId = _kms.CreateKey("EXTERNAL").KeyId;
        _kms.Schedule(keyId);
        _kms.Call(new CancelKeyDeletionRequest { KeyId = keyId });

        Assert.Equal(KeyState.PendingImport, _kms.Describe(keyId).KeyState);
    }
}
