using System.Security.Cryptography;
using System.Text;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>What HSMs hold against what the store knows.</summary>
[Collection("SoftHSM")]
public sealed class KeyMaterialReconcilerTests : IDisposable
{
    private readonly HsmFixture _hsm = new HsmFixture().Connected();

    public void Dispose() => _hsm.Dispose();

    [Fact]
    public void Find_AllIsWell_FindsNothing()
    {
        _hsm.CreateKey();
        KeyMetadata pending = _hsm.CreateKey();
        _hsm.Kms.Schedule(pending.KeyId);

        HsmReconciliation found = Find();

        Assert.Equal(
            (HsmFixture.ClusterId, 0, 0, 0),
            (found.ClusterId, found.Orphans.Length, found.ForeignObjects, found.NotAnswered.Length));
    }

    [Fact]
    public void Find_KeyDeletedWhileDisconnected_ShowsTheSizeOfTheDamage()
    {
        KeyMetadata key = _hsm.CreateKey();
        string id = _hsm.BackingKeyId(key.KeyId);
        _hsm.Kms.Alias("alias/orders", key.KeyId);
        _hsm.Kms.StepDays(1);
        _hsm.Kms.Encrypt(key.KeyId, 1);
        Orphan(key);

        OrphanedKeyMaterial orphan = Assert.Single(Find().Orphans);

        Assert.Equal((OrphanKind.MATERIAL_WITHOUT_KEY, id, key.Arn), (orphan.Kind, orphan.BackingKeyId, orphan.KeyArn));
        Assert.Equal((_hsm.StoreId, "alias/orders", null), (orphan.CustomKeyStoreId, Assert.Single(orphan.Aliases), orphan.KeyState));
        Assert.Equal((false, true, StrayReason.ORPHANED), (orphan.CanDecrypt, orphan.IsRemovable, orphan.Reason));
        Assert.InRange(orphan.Messages!.Value, 1, 1000);
        Assert.Equal(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc), orphan.KeyCreationDate);
        Assert.Equal(new DateTime(2030, 1, 2, 0, 0, 0, DateTimeKind.Utc), orphan.LastUsedDate);
        Assert.Equal(new DateTime(2030, 1, 9, 0, 0, 0, DateTimeKind.Utc), orphan.KeyDeletionDate);
        Assert.Equal((_hsm.Token, 0), (Assert.Single(orphan.Hsms), orphan.MissingFrom.Length));
    }

    // As after an HSM was restored from a backup: the material of a key that is deleted is there again.
    [Fact]
    public void Find_MaterialOfADeletedKeyCameBack_IsRecordedForStatusAndAlarms()
    {
        KeyMetadata kept = _hsm.CreateKey();
        KeyMetadata key = _hsm.CreateKey();
        string id = _hsm.BackingKeyId(key.KeyId);
        _hsm.Kms.Schedule(key.KeyId);
        _hsm.Kms.StepDays(8);
        Assert.Empty(_hsm.Strays());
        _hsm.MakeObject(key.Arn, Convert.FromHexString(id));
        _hsm.MakeObject(kept.Arn, Convert.FromHexString(new string('a', 64)));

        Find();
        OrphanedKeyMaterial found = Assert.Single(Find().Orphans, orphan => orphan.BackingKeyId == id);
        Assert.Equal(
            (OrphanKind.MATERIAL_WITHOUT_KEY, StrayReason.ORPHANED, _hsm.StoreId, true),
            (found.Kind, found.Reason, found.CustomKeyStoreId, found.IsRemovable));
        StrayKeyMaterial record = Assert.Single(_hsm.Strays());
        Assert.Equal(
            (id, key.Arn, KmsFixture.Region, new DateTimeOffset(2030, 1, 8, 0, 0, 0, TimeSpan.Zero)),
            (record.BackingKeyId, record.KeyArn, record.Region, record.Since));
        Assert.Equal(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), record.KeyCreationDate);
        Remove(id);
        Assert.Empty(_hsm.Strays());
    }

    [Fact]
    public void Remove_Orphan_DestroysItAndRecordsWhoDidIt()
    {
        KeyMetadata kept = _hsm.CreateKey();
        KeyMetadata key = _hsm.CreateKey();
        string id = _hsm.BackingKeyId(key.KeyId);
        Orphan(key);

        Remove(id);

        Assert.Equal(kept.Arn, Assert.Single(_hsm.Objects()).Label);
        Assert.Empty(_hsm.Strays());
        Assert.Empty(Find().Orphans);
        AuditEvent entry = Assert.Single(_hsm.Kms.Events("RemoveOrphanedKeyMaterial"));
        Assert.Equal((HsmFixture.ClusterId, id), (entry.RequestParameters!["clusterId"], entry.RequestParameters["backingKeyId"]));
        Assert.Equal((key.Arn, _hsm.Token), (Assert.Single(entry.Resources), entry.AdditionalEventData!["hsms"]));
        Assert.StartsWith("arn:aws:iam::111122223333:user/", (string)entry.UserIdentity["arn"]!);
        Assert.Equal("NotFoundException", Assert.Throws<KmsException>(() => Remove(id)).ErrorCode);
    }

    [Fact]
    public void Find_MaterialDestroyedByOthers_IsAKeyWithoutMaterial()
    {
        KeyMetadata key = _hsm.CreateKey();
        _hsm.Kms.Alias("alias/lost", key.KeyId);
        _hsm.Kms.Encrypt(key.KeyId, 1);
        string id = _hsm.BackingKeyId(key.KeyId);
        _hsm.DestroyObject(id);

        OrphanedKeyMaterial lost = Assert.Single(Find().Orphans);

        Assert.Equal((OrphanKind.KEY_WITHOUT_MATERIAL, key.Arn, KeyState.Enabled), (lost.Kind, lost.KeyArn, lost.KeyState));
        Assert.Equal((false, false, null), (lost.CanDecrypt, lost.IsRemovable, lost.Reason));
        Assert.Equal(("alias/lost", _hsm.Token, 0), (Assert.Single(lost.Aliases), Assert.Single(lost.MissingFrom), lost.Hsms.Length));
        Assert.Equal("NotFoundException", Assert.Throws<KmsException>(() => Remove(id)).ErrorCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WasLost_MaterialInNoHsm_IsKnownFromTheLastComparison(bool atConnect)
    {
        using HsmFixture two = new HsmFixture(hsms: 2).Connected();
        string lost = two.CreateKey().KeyId;
        string partial = two.CreateKey().KeyId;
        string software = two.Kms.CreateKey().KeyId;
        two.DestroyObject(two.BackingKeyId(lost));
        two.DestroyObject(two.BackingKeyId(partial), two.Tokens[1]);
        Assert.Equal((false, false, false), (WasLost(lost), WasLost(partial), WasLost(software)));
        if (atConnect)
        {
            using (two.Away(two.Tokens[0]))
            {
                // It may be in the HSM that does not answer.
                two.Kms.Engine.KeyMaterial.Find(HsmFixture.ClusterId);
                Assert.Equal((false, false, false), (WasLost(lost), WasLost(partial), WasLost(software)));
            }

            two.Disconnect();
            two.Connect();
        }
        else
        {
            two.Kms.Engine.KeyMaterial.Find(HsmFixture.ClusterId);
        }

        Assert.Equal((true, false, false), (WasLost(lost), WasLost(partial), WasLost(software)));
        two.MakeObject("restored", Convert.FromHexString(two.BackingKeyId(lost)));
        Assert.True(WasLost(lost));
        two.Kms.Engine.KeyMaterial.Find(HsmFixture.ClusterId);
        Assert.False(WasLost(lost));

        bool WasLost(string keyId)
        {
            using IStateReader reader = two.Kms.Engine.OpenReader();
            return two.Kms.Engine.KeyMaterial.WasLost(reader.FindKey(KmsFixture.Region, keyId)!);
        }
    }

    [Fact]
    public void Find_OneHsmLacksTheMaterial_IsToldAndTheKeyWorks()
    {
        using HsmFixture two = new HsmFixture(hsms: 2).Connected();
        KeyMetadata key = two.CreateKey();
        two.CreateKey();
        two.DestroyObject(two.BackingKeyId(key.KeyId), two.Tokens[1]);

        OrphanedKeyMaterial degraded = Assert.Single(two.Kms.Engine.KeyMaterial.Find(HsmFixture.ClusterId).Orphans);

        Assert.Equal(
            (OrphanKind.KEY_NOT_ON_ALL_HSMS, key.Arn, true, false),
            (degraded.Kind, degraded.KeyArn, degraded.CanDecrypt, degraded.IsRemovable));
        Assert.Equal((two.Tokens[0], two.Tokens[1]), (Assert.Single(degraded.Hsms), Assert.Single(degraded.MissingFrom)));
        Assert.Equal([1], two.Kms.Decrypt(two.Kms.Encrypt(key.KeyId, 1)));
        using (two.Away(two.Tokens[0]))
        {
            HsmReconciliation dark = two.Kms.Engine.KeyMaterial.Find(HsmFixture.ClusterId);
            OrphanedKeyMaterial unknown = Assert.Single(dark.Orphans);
            Assert.Equal(two.Tokens[0], Assert.Single(dark.NotAnswered).TokenLabel);
            Assert.Equal((OrphanKind.KEY_NOT_ON_ALL_HSMS, false), (unknown.Kind, unknown.CanDecrypt));
            Assert.Equal(two.Tokens[0], Assert.Single(unknown.NotAnswered));
        }
    }

    [Fact]
    public void Find_NoHsmAnswers_SaysNothingOfTheKeys()
    {
        using HsmFixture two = new HsmFixture(hsms: 2).Connected();
        two.CreateKey();
        List<StoreFinding> findings = [];
        StoreVerification verified;
        using (two.Away(two.Tokens[0]))
        using (two.Away(two.Tokens[1]))
        {
            HsmReconciliation dark = two.Kms.Engine.KeyMaterial.Find(HsmFixture.ClusterId);
            Assert.Empty(dark.Orphans);
            Assert.Equal(two.Tokens.Order(), dark.NotAnswered.Select(static hsm => hsm.TokenLabel).Order());
            verified = two.Kms.Engine.Verifier.Run(findings.Add, []);
        }

        Assert.Equal((true, 0, 2, 0), (verified.IsWhole, verified.Damages, verified.Notes, verified.ComparedClusters.Count));
        Assert.Equal([StoreFindingKind.NOT_COMPARED, StoreFindingKind.NOT_COMPARED], findings.Select(static finding => finding.Kind));
    }

    [Fact]
    public void Remove_HsmAway_StaysAnOrphanUntilAllWereAsked()
    {
        using HsmFixture two = new HsmFixture(hsms: 2).Connected();
        KeyMetadata key = two.CreateKey();
        string id = two.BackingKeyId(key.KeyId);
        two.Kms.Schedule(key.KeyId);
        two.Disconnect();
        two.Kms.StepDays(7);
        two.Connected();
        using (two.Away(two.Tokens[1]))
        {
            Assert.Equal(
                "KMSInvalidStateException",
                Assert.Throws<KmsException>(() => two.Kms.Engine.KeyMaterial.Remove(HsmFixture.ClusterId, id)).ErrorCode);
            Assert.Equal(StrayReason.ORPHANED, Assert.Single(two.Strays()).Reason);
        }

        two.Disconnect();
        two.Connected();
        Assert.Equal(two.Tokens[1], Assert.Single(Assert.Single(two.Kms.Engine.KeyMaterial.Find(HsmFixture.ClusterId).Orphans).Hsms));
        two.Kms.Engine.KeyMaterial.Remove(HsmFixture.ClusterId, id);
        Assert.Empty(two.Kms.Engine.KeyMaterial.Find(HsmFixture.ClusterId).Orphans);
        Assert.Empty(two.Strays());
    }

    [Fact]
    public void Find_ProcessDiedWhileCreating_IsAnOrphanWithMaterialAndClosedWithout()
    {
        byte[] made = RandomNumberGenerator.GetBytes(32);
        string arn = "arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012";
        _hsm.MakeObject(arn, made);
        PutCreating(made, arn, claimed: null);
        PutCreating(RandomNumberGenerator.GetBytes(32), arn, claimed: TimeProvider.System.GetUtcNow().AddMinutes(-1));

        OrphanedKeyMaterial orphan = Assert.Single(Find().Orphans);

        Assert.Equal((OrphanKind.MATERIAL_WITHOUT_KEY, StrayReason.CREATING, true), (orphan.Kind, orphan.Reason, orphan.IsRemovable));
        Assert.Equal((null, null, null), (orphan.KeyCreationDate, orphan.LastUsedDate, orphan.Messages));
        Assert.Equal(Convert.ToHexStringLower(made), Assert.Single(_hsm.Strays()).BackingKeyId);
        Remove(Convert.ToHexStringLower(made));
        Assert.Empty(_hsm.Objects());
        Assert.Empty(_hsm.Strays());
    }

    [Fact]
    public void Remove_CreationAtWork_IsRefusedAndACreationThatTookTooLongToo()
    {
        byte[] made = RandomNumberGenerator.GetBytes(32);
        string id = Convert.ToHexStringLower(made);
        string arn = "arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012";
        _hsm.MakeObject(arn, made);
        PutCreating(made, arn, claimed: TimeProvider.System.GetUtcNow().AddMinutes(1));

        Assert.Empty(Find().Orphans);
        Assert.Equal("ConflictException", Assert.Throws<KmsException>(() => Remove(id)).ErrorCode);
        Assert.Single(_hsm.Objects());

        // The process was only slow: its key must not come to be without material.
        CustomKeyStore store = _hsm.Record;
        using OperationContext context = new(
            _hsm.Kms.Engine.Services, OperationCatalog.ForRequest(new CreateKeyRequest()), new CreateKeyRequest(), Caller.LocalUser(
                KmsFixture.Account));
        using BackingKeyCreation slow = BackingKeyCreation.Begin(context, store);
        StrayKeyMaterial record = _hsm.Strays().Single(stray => stray.BackingKeyId != id);
        using (IStateTransaction transaction = _hsm.Kms.Engine.Store.BeginTransaction())
        {
            transaction.PutStrayKeyMaterial(record with { ClaimedUntil = TimeProvider.System.GetUtcNow().AddMinutes(-1) });
            transaction.Commit();
        }

        Remove(record.BackingKeyId);
        using IStateTransaction late = _hsm.Kms.Engine.Store.BeginTransaction();
        Key key = new()
        {
            AccountId = KmsFixture.Account,
            Region = KmsFixture.Region,
            KeyId = "x",
            CreationDate = KmsFixture.Start,
            Policy = Keys.KeyPolicy.Default("111122223333"),
        };
        Assert.Equal("KMSInternalException", Assert.Throws<KmsException>(() => slow.Complete(late, key, store)).ErrorCode);
    }

    [Fact]
    public void Find_ObjectsOfOthers_AreCountedAndNeverRemoved()
    {
        byte[][] ids = [.. Enumerable.Range(0, 3).Select(static _ => RandomNumberGenerator.GetBytes(32))];
        _hsm.MakeObject("backup key of the mail server", ids[0]);
        _hsm.MakeObject("arn:aws:kms:us-east-1:999988887777:key/12345678-1234-1234-1234-123456789012", ids[1]);

        // Another store with the same account number, which lives in the same HSM.
        _hsm.MakeObject("arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012", ids[2]);

        HsmReconciliation found = Find();

        Assert.Equal((0, 3), (found.Orphans.Length, found.ForeignObjects));
        Assert.All(
            ids,
            id => Assert.Equal("ConflictException", Assert.Throws<KmsException>(() => Remove(Convert.ToHexStringLower(id))).ErrorCode));
        Assert.Equal(3, _hsm.Objects().Count);
    }

    [Fact]
    public void Remove_MaterialOfALivingKey_IsRefusedInEveryState()
    {
        KeyMetadata key = _hsm.CreateKey();
        string id = _hsm.BackingKeyId(key.KeyId);
        Assert.Equal(
            ("ConflictException", $"{key.Arn} (Enabled) uses key material {id}, which is therefore not removed."), Refused(id));
        _hsm.Kms.Disable(key.KeyId);
        Assert.Equal("ConflictException", Refused(id).Code);
        _hsm.Kms.Schedule(key.KeyId);
        Assert.Equal(
            ("ConflictException", $"{key.Arn} (PendingDeletion) uses key material {id}, which is therefore not removed."), Refused(id));
        Assert.Single(_hsm.Objects());
        Assert.Throws<ArgumentException>(() => Remove("ab"));
    }

    [Fact]
    public void Find_RecordLostButTheKeyWasOurs_IsAnOrphan()
    {
        KeyMetadata key = _hsm.CreateKey();
        string id = _hsm.BackingKeyId(key.KeyId);
        Orphan(key);
        using (IStateTransaction transaction = _hsm.Kms.Engine.Store.BeginTransaction())
        {
            transaction.DeleteStrayKeyMaterial(HsmFixture.ClusterId, id);
            transaction.Commit();
        }

        OrphanedKeyMaterial orphan = Assert.Single(Find().Orphans);

        Assert.Equal((OrphanKind.MATERIAL_WITHOUT_KEY, key.Arn, StrayReason.ORPHANED), (orphan.Kind, orphan.KeyArn, orphan.Reason));
        Assert.Equal(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc), orphan.KeyCreationDate);
        Assert.Equal(new DateTime(2030, 1, 8, 0, 0, 0, DateTimeKind.Utc), orphan.KeyDeletionDate);
        Remove(id);
        Assert.Empty(_hsm.Objects());
    }

    [Fact]
    public void Find_NobodyConnected_NeedsThePassword()
    {
        KeyMetadata key = _hsm.CreateKey();
        string id = _hsm.BackingKeyId(key.KeyId);
        Orphan(key);
        _hsm.Disconnect();
        using Secret right = Secret.CopyOf(Encoding.UTF8.GetBytes(HsmFixture.UserPin));
        using Secret wrong = Secret.CopyOf("wrong-1234"u8);

        Assert.Equal("CustomKeyStoreInvalidStateException", Assert.Throws<KmsException>(() => Find()).ErrorCode);
        Assert.Equal("CustomKeyStoreInvalidStateException", Assert.Throws<KmsException>(() => Remove(id)).ErrorCode);
        Assert.Equal(
            HsmFailure.InvalidCredentials,
            Assert.Throws<HsmException>(() => _hsm.Kms.Engine.KeyMaterial.Find(HsmFixture.ClusterId, wrong)).Failure);
        Assert.Equal(id, Assert.Single(_hsm.Kms.Engine.KeyMaterial.Find(HsmFixture.ClusterId, right).Orphans).BackingKeyId);
        _hsm.Kms.Engine.KeyMaterial.Remove(HsmFixture.ClusterId, id, right);
        Assert.Empty(_hsm.Objects());
        Assert.Equal(ConnectionStateType.DISCONNECTED, _hsm.Store.ConnectionState);
    }

    [Fact]
    public void Find_StoreMovedToARestoredCluster_LeavesTheOldOneAlone()
    {
        const string Restored = "cluster-4abcdefghij";
        KeyMetadata key = _hsm.CreateKey();
        string id = _hsm.BackingKeyId(key.KeyId);
        _hsm.Disconnect();
        _hsm.Kms.Engine.HsmClusters.Register(SoftHsm.Library, [_hsm.Token], Restored, _hsm.TrustAnchor);
        _hsm.Kms.Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId, CloudHsmClusterId = Restored });
        using Secret password = Secret.CopyOf(Encoding.UTF8.GetBytes(HsmFixture.UserPin));

        Assert.Empty(_hsm.Kms.Engine.KeyMaterial.Find(HsmFixture.ClusterId, password).Orphans);
        Assert.Equal(
            "ConflictException", Assert.Throws<KmsException>(() => _hsm.Kms.Engine.KeyMaterial.Remove(HsmFixture.ClusterId, id, password))
                .ErrorCode);
        Assert.Empty(_hsm.Kms.Engine.KeyMaterial.Find(Restored, password).Orphans);
    }

    private HsmReconciliation Find() => _hsm.Kms.Engine.KeyMaterial.Find(HsmFixture.ClusterId);

    private void Remove(string backingKeyId) => _hsm.Kms.Engine.KeyMaterial.Remove(HsmFixture.ClusterId, backingKeyId);

    private (string Code, string Message) Refused(string backingKeyId)
    {
        KmsException error = Assert.Throws<KmsException>(() => Remove(backingKeyId));
        return (error.ErrorCode, error.Message);
    }

    // Deletes the key while nobody is logged in to the HSM.
    private void Orphan(KeyMetadata key)
    {
        _hsm.Kms.Schedule(key.KeyId);
        _hsm.Disconnect();
        _hsm.Kms.StepDays(7);
        _hsm.Connected();
    }

    private void PutCreating(byte[] id, string arn, DateTimeOffset? claimed)
    {
        using IStateTransaction transaction = _hsm.Kms.Engine.Store.BeginTransaction();
        transaction.PutStrayKeyMaterial(new StrayKeyMaterial
        {
            ClusterId = HsmFixture.ClusterId,
            BackingKeyId = Convert.ToHexStringLower(id),
            CustomKeyStoreId = _hsm.StoreId,
            Region = KmsFixture.Region,
            KeyArn = arn,
            Reason = StrayReason.CREATING,
            Since = KmsFixture.Start,
            ClaimedUntil = claimed,
        });
        transaction.Commit();
    }
}
