using System.Text.Json;
using KmsTools.Auditing;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>Keys whose material lives in a real token.</summary>
[Collection("SoftHSM")]
public sealed class HsmKeyStoreTests : IDisposable
{
    private readonly HsmFixture _hsm = new HsmFixture().Connected();

    public void Dispose() => _hsm.Dispose();

    [Fact]
    public void CreateKey_InTheStore_MakesOneObjectWithTheArnAsLabel()
    {
        KeyMetadata key = _hsm.CreateKey();

        HsmKeyObject made = Assert.Single(_hsm.Objects());
        Assert.Equal(key.Arn, made.Label);
        Assert.Matches("^[0-9a-f]{64}$", made.Id);
        Assert.Equal(
            (OriginType.AWS_CLOUDHSM, _hsm.StoreId, HsmFixture.ClusterId),
            (key.Origin, key.CustomKeyStoreId, key.CloudHsmClusterId));
        Assert.Equal((KeyState.Enabled, KeySpec.SYMMETRIC_DEFAULT), (key.KeyState, key.KeySpec));
        Assert.Null(key.CurrentKeyMaterialId);
        Assert.Null(key.ExpirationModel);
        Assert.Empty(_hsm.Strays());
    }

    [Fact]
    public void CreateKey_RefusedInTheStore_LeavesNoObject()
    {
        CreateKeyRequest request = new() { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = _hsm.StoreId };

        Assert.Equal("ValidationException", _hsm.Kms.Error(request with { KeySpec = "RSA_2048", KeyUsage = "SIGN_VERIFY" }).Code);
        Assert.Equal("UnsupportedOperationException", _hsm.Kms.Error(request with { MultiRegion = true }).Code);
        Assert.Equal("ValidationException", _hsm.Kms.Error(request with { Origin = "AWS_KMS" }).Code);
        Assert.Equal("CustomKeyStoreNotFoundException", _hsm.Kms.Error(request, "eu-west-1").Code);
        Assert.Empty(_hsm.Objects());
        Assert.Empty(_hsm.Strays());
    }

    [Fact]
    public void Encrypt_KeyInEveryForm_RoundTripsInTheHsm()
    {
        KeyMetadata key = _hsm.CreateKey();
        _hsm.Kms.Alias("alias/hsm", key.KeyId);
        Dictionary<string, string> context = new() { ["a"] = "b" };
        Assert.All([key.KeyId, key.Arn, "alias/hsm", "arn:aws:kms:us-east-1:111122223333:alias/hsm"], reference =>
        {
            byte[] blob = _hsm.Kms.Call(new EncryptRequest { KeyId = reference, Plaintext = [1, 2], EncryptionContext = context })
                .CiphertextBlob
                .ToArray();
            DecryptResponse decrypted = _hsm.Kms
                .Call(new DecryptRequest { CiphertextBlob = blob, KeyId = reference, EncryptionContext = context });
            Assert.Equal([1, 2], decrypted.Plaintext!.ToArray());
            Assert.Equal(key.Arn, decrypted.KeyId);
        });
        GenerateDataKeyResponse dataKey = _hsm.Kms.Call(new GenerateDataKeyRequest { KeyId = key.KeyId, KeySpec = "AES_256" });
        Assert.Equal(dataKey.Plaintext!.ToArray(), _hsm.Kms.Decrypt(dataKey.CiphertextBlob.ToArray()));
        byte[] longest = new byte[4096];
        byte[] software = _hsm.Kms.Call(new ReEncryptRequest
        {
            CiphertextBlob = _hsm.Kms.Encrypt(key.KeyId, longest),
            DestinationKeyId = _hsm.Kms.CreateKey().KeyId,
        }).CiphertextBlob.ToArray();
        Assert.Equal(longest, _hsm.Kms.Decrypt(software));
    }

    [Fact]
    public void Decrypt_Tampered_IsInvalidCiphertext()
    {
        byte[] blob = _hsm.Kms.Encrypt(_hsm.CreateKey().KeyId, 1, 2);
        for (int bit = 0; bit < blob.Length * 8; bit++)
        {
            byte[] flipped = [.. blob];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            _hsm.Kms.Refuses(new DecryptRequest { CiphertextBlob = flipped }, "InvalidCiphertextException", "");
        }

        for (int length = 1; length < blob.Length; length++)
        {
            _hsm.Kms.Refuses(new DecryptRequest { CiphertextBlob = blob[..length] }, "InvalidCiphertextException", "");
        }

        _hsm.Kms.Refuses(
            new DecryptRequest { CiphertextBlob = blob, EncryptionContext = new Dictionary<string, string> { ["a"] = "b" } },
            "InvalidCiphertextException",
            "");
        Assert.Equal([1, 2], _hsm.Kms.Decrypt(blob));
    }

    [Fact]
    public void GenerateRandom_InTheStore_ComesFromTheHsm()
    {
        byte[] one = _hsm.Kms.Call(new GenerateRandomRequest { NumberOfBytes = 1024, CustomKeyStoreId = _hsm.StoreId }).Plaintext!
            .ToArray();
        byte[] other = _hsm.Kms.Call(new GenerateRandomRequest { NumberOfBytes = 1024, CustomKeyStoreId = _hsm.StoreId }).Plaintext!
            .ToArray();

        Assert.Equal(1024, one.Length);
        Assert.NotEqual(one, other);
        _hsm.Disconnect();
        Assert.Equal(
            "CustomKeyStoreInvalidStateException",
            _hsm.Kms.Error(new GenerateRandomRequest { NumberOfBytes = 1, CustomKeyStoreId = _hsm.StoreId }).Code);
    }

    [Fact]
    public void Encrypt_MaterialMissing_IsInvalidStateAndTheKeyStaysEnabled()
    {
        KeyMetadata key = _hsm.CreateKey();
        KeyMetadata kept = _hsm.CreateKey();
        byte[] blob = _hsm.Kms.Encrypt(key.KeyId);
        _hsm.DestroyObject(_hsm.Objects().Single(each => each.Label == key.Arn).Id);

        Assert.Equal("KMSInvalidStateException", _hsm.Kms.Error(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] }).Code);
        Assert.Equal("KMSInvalidStateException", _hsm.Kms.Error(new DecryptRequest { CiphertextBlob = blob }).Code);
        Assert.Equal(KeyState.Enabled, _hsm.Kms.Describe(key.KeyId).KeyState);
        Assert.Equal([1], _hsm.Kms.Decrypt(_hsm.Kms.Encrypt(kept.KeyId, 1)));
    }

    [Fact]
    public void Delete_StoreConnected_DestroysTheObject()
    {
        KeyMetadata key = _hsm.CreateKey();
        KeyMetadata kept = _hsm.CreateKey();
        string backingKeyId = _hsm.Objects().Single(each => each.Label == key.Arn).Id;
        _hsm.Kms.Schedule(key.KeyId);
        AuditEvent scheduled = Assert.Single(_hsm.Kms.Events("ScheduleKeyDeletion"));
        Assert.Equal(
            (_hsm.StoreId, HsmFixture.ClusterId),
            (scheduled.AdditionalEventData!["customKeyStoreId"], scheduled.AdditionalEventData["clusterId"]));
        Assert.Equal(2, _hsm.Objects().Count);

        _hsm.Kms.StepDays(9);

        Assert.Equal("NotFoundException", _hsm.Kms.Error(new DescribeKeyRequest { KeyId = key.KeyId }).Code);
        Assert.Equal(kept.Arn, Assert.Single(_hsm.Objects()).Label);
        Assert.Empty(_hsm.Strays());
        RequireDeletion(key, backingKeyId, "SUCCESS");
    }

    [Fact]
    public void Delete_StoreDisconnected_LeavesAnOrphan()
    {
        KeyMetadata key = _hsm.CreateKey();
        string backingKeyId = Assert.Single(_hsm.Objects()).Id;
        _hsm.Kms.Schedule(key.KeyId);
        _hsm.Disconnect();

        _hsm.Kms.StepDays(9);

        Assert.Equal("NotFoundException", _hsm.Kms.Error(new DescribeKeyRequest { KeyId = key.KeyId }).Code);
        Assert.Equal(key.Arn, Assert.Single(_hsm.Objects()).Label);
        RequireDeletion(key, backingKeyId, "FAILURE");
        StrayKeyMaterial stray = Assert.Single(_hsm.Strays());
        Assert.Equal((StrayReason.ORPHANED, backingKeyId, key.Arn), (stray.Reason, stray.BackingKeyId, stray.KeyArn));
        Assert.Equal(KmsFixture.Start.AddDays(7), stray.Since);

        // AWS documents no second attempt.
        _hsm.Connected();
        _hsm.Kms.StepDays(1);
        Assert.Single(_hsm.Objects());
        Assert.Single(_hsm.Kms.Events("DeleteKey"));
    }

    [Fact]
    public void Delete_PasswordChangedMeanwhile_LeavesAnOrphan()
    {
        KeyMetadata key = _hsm.CreateKey();
        string backingKeyId = Assert.Single(_hsm.Objects()).Id;
        _hsm.Kms.Schedule(key.KeyId);
        _hsm.SetUserPin("changed-1234");
        _hsm.Kms.Reopen();

        _hsm.Kms.StepDays(7);

        RequireDeletion(key, backingKeyId, "FAILURE");
        Assert.Equal(StrayReason.ORPHANED, Assert.Single(_hsm.Strays()).Reason);
    }

    [Fact]
    public void Delete_ObjectGoneAlready_CountsAsSuccess()
    {
        KeyMetadata key = _hsm.CreateKey();
        string backingKeyId = Assert.Single(_hsm.Objects()).Id;
        _hsm.DestroyObject(backingKeyId);
        _hsm.Kms.Schedule(key.KeyId);

        _hsm.Kms.StepDays(7);

        RequireDeletion(key, backingKeyId, "SUCCESS");
        Assert.Empty(_hsm.Strays());
    }

    [Fact]
    public void Delete_ProcessDiedBeforeTheHsmWasAsked_IsTakenUpByTheNextOne()
    {
        KeyMetadata key = _hsm.CreateKey();
        string backingKeyId = Assert.Single(_hsm.Objects()).Id;
        _hsm.Kms.Schedule(key.KeyId);
        using (IStateTransaction transaction = _hsm.Kms.Engine.Store.BeginTransaction())
        {
            Key stored = transaction.FindKey("us-east-1", key.KeyId)!;
            transaction.DeleteKey(stored);
            BackingKeyDeletion.Begin(transaction, stored, [], KmsFixture.Start.AddDays(7));
            transaction.WriteSimulatedTime(KmsFixture.Start.AddDays(7));
            transaction.Commit();
        }

        _hsm.Kms.Reopen();
        _hsm.Kms.Call(new ListKeysRequest());

        Assert.Empty(_hsm.Objects());
        Assert.Empty(_hsm.Strays());
        RequireDeletion(key, backingKeyId, "SUCCESS");
    }

    [Fact]
    public void Encrypt_MessagesUpToTheBound_AreCountedInTheStore()
    {
        KeyMetadata key = _hsm.CreateKey();
        byte[] blob = _hsm.Kms.Encrypt(key.KeyId, 1);
        using (IStateTransaction transaction = _hsm.Kms.Engine.Store.BeginTransaction())
        {
            Key stored = transaction.FindKey("us-east-1", key.KeyId)!;
            Assert.InRange(stored.ReservedMessages, 1, 1000);
            transaction.UpdateKey(stored with { ReservedMessages = (1L << 32) - 1 });
            transaction.Commit();
        }

        _hsm.Kms.Reopen();
        _hsm.Kms.Encrypt(key.KeyId, 1);

        // Messages are reserved by calls only.
        EncryptRequest next = new() { KeyId = key.KeyId, Plaintext = [1] };
        Assert.Equal("LimitExceededException", _hsm.Kms.Refused(next, isPreviewed: false).ErrorCode);
        Assert.Equal([1], _hsm.Kms.Decrypt(blob));
    }

    [Fact]
    public void Execute_EightThreads_EncryptAndCreateAtOnce()
    {
        string shared = _hsm.CreateKey().KeyId;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            for (byte round = 0; round < 20; round++)
            {
                Assert.Equal([round], _hsm.Kms.Decrypt(_hsm.Kms.Encrypt(shared, round)));
            }

            KeyMetadata own = _hsm.CreateKey();
            Assert.Equal([1], _hsm.Kms.Decrypt(_hsm.Kms.Encrypt(own.KeyId, 1)));
            _hsm.Kms.Schedule(own.KeyId);
        });

        Assert.Equal(9, _hsm.Objects().Count);
        _hsm.Kms.StepDays(7);
        Assert.Single(_hsm.Objects());
        Assert.Equal(8, _hsm.Kms.Events("DeleteKey").Count);
    }

    private void RequireDeletion(KeyMetadata key, string backingKeyId, string status)
    {
        AuditEvent deletion = Assert.Single(_hsm.Kms.Events("DeleteKey"));
        Assert.Equal(new DateTime(2030, 1, 8, 0, 0, 0, DateTimeKind.Utc), deletion.EventTime);
        Assert.Equal(("AwsServiceEvent", key.Arn), (deletion.EventType, Assert.Single(deletion.Resources)));
        Assert.Equal(key.Arn, deletion.ResponseElements!["keyId"]);
        Assert.Equal(
            (_hsm.StoreId, HsmFixture.ClusterId),
            (deletion.AdditionalEventData!["customKeyStoreId"], deletion.AdditionalEventData["clusterId"]));
        using JsonDocument statuses = JsonDocument.Parse((string)deletion.AdditionalEventData["backingKeysDeletionStatus"]!);
        JsonElement entry = Assert.Single(statuses.RootElement.EnumerateArray().ToArray());
        Assert.Equal(
            (backingKeyId, status),
            (entry.GetProperty("backingKeyId").GetString(), entry.GetProperty("deletionStatus").GetString()));
    }
}
