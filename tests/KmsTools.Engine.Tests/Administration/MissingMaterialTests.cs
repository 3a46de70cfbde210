using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>Keys of which a material was removed from the store outside of KmsTools, which no MAC of a record shows.</summary>
public sealed class MissingMaterialTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(0, "")]
    [InlineData(0, "AND position = 0")]
    [InlineData(1, "AND position = 1")]
    [InlineData(2, "AND position = 2")]
    public void Calls_AMaterialOfTheKeyIsGone_AreRefusedByNameAndRecorded(int position, string removed)
    {
        string whole = _kms.CreateKey().KeyId;
        KeyMetadata key = _kms.CreateKey();
        byte[] blob = _kms.Encrypt(key.KeyId);
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });
        Remove($"key_id = '{key.KeyId}' {removed}");

        string message = $"Key material of key {key.Arn} is missing: the store was changed outside of KmsTools, or is damaged. "
            + "Verify the store, and restore its folder from a backup.";
        _kms.Refuses(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] }, "KMSInternalException", message);
        _kms.Refuses(new GenerateDataKeyRequest { KeyId = key.KeyId, KeySpec = "AES_256" }, "KMSInternalException", message);
        _kms.Refuses(new DecryptRequest { CiphertextBlob = blob }, "KMSInternalException", message);
        _kms.Refuses(new DescribeKeyRequest { KeyId = key.KeyId }, "KMSInternalException", message);
        _kms.Refuses(new RotateKeyOnDemandRequest { KeyId = key.KeyId }, "KMSInternalException", message);
        Assert.Equal(ErrorCause.StoreDamaged, _kms.Refused(new DescribeKeyRequest { KeyId = key.KeyId }).Cause);
        Assert.Equal(
            ["Encrypt", "GenerateDataKey", "Decrypt", "DescribeKey", "RotateKeyOnDemand", "DescribeKey"],
            _kms.Events().Where(static call => call.ErrorCode == "KMSInternalException").Select(static call => call.EventName));

        _kms.Encrypt(whole);
        StoreFinding finding = Assert.Single(Verify());
        Assert.Equal((StoreFindingKind.RECORDS_MISSING, key.Arn, key.Arn), (finding.Kind, finding.Subject, finding.KeyArn));
        Assert.Equal(("key_materials", message), (finding.Table, finding.Message));
        Assert.Equal($"region=us-east-1, key_id={key.KeyId}, position={position}", finding.Record);
        Assert.True(finding.IsDamage);
    }

    [Fact]
    public void Verify_ImportedKeys_LackMaterialOnlyWhereItWasImported()
    {
        KeyMetadata waits = _kms.CreateKey("EXTERNAL");
        byte[] bytes = [.. Enumerable.Range(1, 32).Select(static i => (byte)i)];
        string dropped = _kms.ImportedKey(bytes).KeyId;
        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = dropped });
        Assert.Equal(KeyState.PendingImport, _kms.Describe(waits.KeyId).KeyState);
        Assert.Equal(KeyState.PendingImport, _kms.Describe(dropped).KeyState);
        Assert.Empty(Verify());

        string rotated = _kms.ImportedKey(bytes).KeyId;
        ImportKeyMaterialRequest next = _kms.Importing(rotated, [.. bytes.Reverse()]) with { ImportType = "NEW_KEY_MATERIAL" };
        _kms.Call(next);
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = rotated });
        Remove($"key_id = '{rotated}' AND position = 1");
        Assert.Equal($"region=us-east-1, key_id={rotated}, position=1", Assert.Single(Verify()).Record);
    }

    // Such a key may have no material at all: what it has is counted in its own record.
    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "AND position = 1")]
    public void Calls_OfAKeyWhoseNewestImportedMaterialIsGone_AreRefusedByName(int position, string removed)
    {
        byte[] bytes = [.. Enumerable.Range(1, 32).Select(static i => (byte)i)];
        KeyMetadata key = _kms.Describe(_kms.ImportedKey(bytes).KeyId);
        _kms.Call(_kms.Importing(key.KeyId, [.. bytes.Reverse()]) with { ImportType = "NEW_KEY_MATERIAL" });
        _kms.Encrypt(key.KeyId);
        Remove($"key_id = '{key.KeyId}' {removed}");
        string message = $"Key material of key {key.Arn} is missing: the store was changed outside of KmsTools, or is damaged. "
            + "Verify the store, and restore its folder from a backup.";
        _kms.Refuses(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] }, "KMSInternalException", message);
        _kms.Refuses(new DescribeKeyRequest { KeyId = key.KeyId }, "KMSInternalException", message);
        _kms.Refuses(new GetParametersForImportRequest
        {
            KeyId = key.KeyId,
            WrappingAlgorithm = "RSAES_OAEP_SHA_256",
            WrappingKeySpec = "RSA_2048",
        }, "KMSInternalException", message);
        Assert.Equal($"region=us-east-1, key_id={key.KeyId}, position={position}", Assert.Single(Verify()).Record);
    }

    // Asymmetric keys and those for HMACs have no former materials, and no calls that name one.
    [Fact]
    public void Calls_OfAKeyWithoutItsOnlyMaterial_AreRefusedByName()
    {
        KeyMetadata signing = _kms.Call(new CreateKeyRequest { KeySpec = "ECC_NIST_P256", KeyUsage = "SIGN_VERIFY" }).KeyMetadata;
        KeyMetadata codes = _kms.Call(new CreateKeyRequest { KeySpec = "HMAC_256", KeyUsage = "GENERATE_VERIFY_MAC" }).KeyMetadata;
        Remove("1 = 1");
        Assert.StartsWith(
            $"Key material of key {signing.Arn} is missing: ",
            _kms.Refused(new SignRequest { KeyId = signing.KeyId, Message = [1], SigningAlgorithm = "ECDSA_SHA_256" }).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"Key material of key {codes.Arn} is missing: ",
            _kms.Refused(new GenerateMacRequest { KeyId = codes.KeyId, Message = [1], MacAlgorithm = "HMAC_SHA_256" }).Message,
            StringComparison.Ordinal);
        Assert.Equal(2, Verify().Count);
    }

    private void Remove(string materials)
    {
        _kms.Engine.Dispose();
        Assert.NotEqual(0, KmsFixture.ChangeState(_kms.Folder, "DELETE FROM key_materials WHERE " + materials));
        _kms.Reopen();
    }

    private List<StoreFinding> Verify()
    {
        List<StoreFinding> found = [];
        _kms.Engine.Verifier.Run(found.Add, []);
        return found;
    }
}
