using System.Security.Cryptography;

namespace KmsTools.Operations;

public sealed class DeleteImportedKeyMaterialTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void DeleteImportedKeyMaterial_Current_IsGoneAtOnceAndReversible()
    {
        byte[] material = RandomNumberGenerator.GetBytes(32);
        KeyMetadata key = _kms.ImportedKey(material);
        byte[] blob = _kms.Encrypt(key.KeyId, 1);

        DeleteImportedKeyMaterialResponse response = _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId });

        Assert.Equal((key.Arn, key.CurrentKeyMaterialId), (response.KeyId, response.KeyMaterialId));
        KeyMetadata without = _kms.Describe(key.KeyId);
        Assert.Equal((KeyState.PendingImport, key.CurrentKeyMaterialId), (without.KeyState, without.CurrentKeyMaterialId));
        Assert.Equal((null, null), (without.ExpirationModel, without.ValidTo));
        _kms.Refuses(new DecryptRequest { CiphertextBlob = blob }, "KMSInvalidStateException", $"{key.Arn} is pending import.");
        _kms.Import(key.KeyId, material);
        Assert.Equal([1], _kms.Decrypt(blob));
    }

    [Fact]
    public void DeleteImportedKeyMaterial_NeverImportedOrTwice_SucceedsWithoutEffect()
    {
        KeyMetadata empty = _kms.CreateKey("EXTERNAL");
        KeyMetadata key = _kms.ImportedKey();
        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId });

        Assert.Equal("", _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = empty.KeyId }).KeyMaterialId);
        Assert.Equal(key.CurrentKeyMaterialId, _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId }).KeyMaterialId);
        Assert.Equal(KeyState.PendingImport, _kms.Describe(key.KeyId).KeyState);
    }

    [Fact]
    public void DeleteImportedKeyMaterial_NonCurrentById_MakesTheWholeKeyPendingImport()
    {
        byte[] first = RandomNumberGenerator.GetBytes(32);
        KeyMetadata key = _kms.ImportedKey(first);
        string second = _kms.Import(key.KeyId, RandomNumberGenerator.GetBytes(32), type: "NEW_KEY_MATERIAL");
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });

        Assert.Equal(
            key.CurrentKeyMaterialId,
            _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId, KeyMaterialId = key.CurrentKeyMaterialId }).KeyMaterialId);

        Assert.Equal((KeyState.PendingImport, second), (_kms.Describe(key.KeyId).KeyState, _kms.Describe(key.KeyId).CurrentKeyMaterialId));
        _kms.Refuses(
            new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] },
            "KMSInvalidStateException",
            $"{key.Arn} is pending import.");
        _kms.Import(key.KeyId, first);
        Assert.Equal((KeyState.Enabled, second), (_kms.Describe(key.KeyId).KeyState, _kms.Describe(key.KeyId).CurrentKeyMaterialId));
    }

    [Fact]
    public void DeleteImportedKeyMaterial_UnknownId_IsNotFound()
    {
        KeyMetadata key = _kms.ImportedKey();

        Assert.Equal(
            "NotFoundException",
            _kms.Error(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId, KeyMaterialId = new string('a', 64) }).Code);
        Assert.Equal(
            "ValidationException",
            _kms.Error(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId, KeyMaterialId = new string('A', 64) }).Code);
        Assert.True(_kms.Describe(key.KeyId).Enabled);
    }

    [Fact]
    public void DeleteImportedKeyMaterial_Deleted_LeavesNoBytesInTheStore()
    {
        KeyMetadata key = _kms.ImportedKey();

        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId });

        using Persistence.IStateReader reader = _kms.Engine.Store.OpenReader();
        Assert.Empty(reader.FindKey("us-east-1", key.KeyId)!.CurrentMaterial!.Wrapped);
    }
}
