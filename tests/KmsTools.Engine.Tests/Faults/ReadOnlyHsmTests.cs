using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Faults;

/// <summary>HSMs whose disks are read-only when they are to destroy a key: SoftHSM refuses it, and shows the key no longer.</summary>
[Collection("SoftHSM")]
public sealed class ReadOnlyHsmTests : IDisposable
{
    private readonly NetworkHsmRack _rack = new(2, timeout: 10_000, ownDisks: true);

    public void Dispose() => _rack.Dispose();

    [Fact]
    public void ScheduleKeyDeletion_OneHsmRefuses_TheMaterialIsAnOrphanInThatOneOnly()
    {
        Assert.SkipUnless(_rack.Hsms[1].HasOwnDisk, "Only root can make a disk.");
        _rack.Connected();
        KeyMetadata key = _rack.Kms.Call(new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = _rack.StoreId }).KeyMetadata;
        _rack.Kms.Call(new ScheduleKeyDeletionRequest { KeyId = key.KeyId, PendingWindowInDays = 7 });
        Assert.True(_rack.Hsms[1].TryMakeReadOnly());
        _rack.Kms.StepDays(8);
        _rack.Hsms[1].MakeWritable();
        Assert.Contains("\"FAILURE\"", Status());
        StrayKeyMaterial record = Assert.Single(_rack.Strays());
        Assert.Equal(key.Arn, record.KeyArn);

        // It is an orphan as long as it is not known to be gone.
        HsmReconciliation found = _rack.Kms.Engine.KeyMaterial.Find(NetworkHsmRack.ClusterId);
        OrphanedKeyMaterial orphan = Assert.Single(found.Orphans);
        Assert.Equal(
            (OrphanKind.MATERIAL_WITHOUT_KEY, key.Arn, "hsm-2", false, 0, StrayReason.ORPHANED),
            (orphan.Kind, orphan.KeyArn, Assert.Single(orphan.HiddenIn), orphan.IsRemovable, orphan.Hsms.Length, orphan.Reason));
        Assert.Equal(("hsm-2", 1), Assert.Single(found.Hidden));
        Assert.Equal(record, Assert.Single(_rack.Strays()) with { Aliases = record.Aliases });
        KmsException hidden = Assert.Throws<KmsException>(
            () => _rack.Kms.Engine.KeyMaterial.Remove(NetworkHsmRack.ClusterId, orphan.BackingKeyId));
        Assert.Equal(
            $"HSM 'hsm-2' of cluster {NetworkHsmRack.ClusterId} refused before to destroy key material {orphan.BackingKeyId} and does not "
                + "show it any more. It may still hold it.",
            hidden.Message);

        Restart();
        orphan = Assert.Single(_rack.Kms.Engine.KeyMaterial.Find(NetworkHsmRack.ClusterId).Orphans);
        Assert.Equal(
            (OrphanKind.MATERIAL_WITHOUT_KEY, key.Arn, "hsm-2", true, 0, StrayReason.ORPHANED, _rack.StoreId),
            (
                orphan.Kind,
                orphan.KeyArn,
                Assert.Single(orphan.Hsms),
                orphan.IsRemovable,
                orphan.HiddenIn.Length,
                orphan.Reason,
                orphan.CustomKeyStoreId));
        Assert.True(_rack.Hsms[1].TryMakeReadOnly());
        KmsException refused = Assert.Throws<KmsException>(
            () => _rack.Kms.Engine.KeyMaterial.Remove(NetworkHsmRack.ClusterId, orphan.BackingKeyId));
        _rack.Hsms[1].MakeWritable();
        Assert.Equal(("KMSInvalidStateException", ErrorCause.MaterialNotDestroyed), (refused.ErrorCode, refused.Cause));
        Assert.Equal(
            "The CloudHSM cluster refused the request: HSM 'hsm-2': The token 'hsm-2' refused to destroy a key (C_DestroyObject returned "
                + "CKR_FUNCTION_FAILED (0x6)) and does not show it any more. It may still hold it.",
            refused.Message);

        Restart();
        _rack.Kms.Engine.KeyMaterial.Remove(NetworkHsmRack.ClusterId, orphan.BackingKeyId);
        Assert.All(_rack.Inventories(), static hsm => Assert.Empty(hsm.Keys));
        Assert.Empty(_rack.Strays());
    }

    private void Restart()
    {
        _rack.Hsms[1].Kill();
        _rack.Hsms[1].RepairToken();
        _rack.Hsms[1].Start();
    }

    private string Status() =>
        (string)Assert.Single(_rack.Kms.Events("DeleteKey")).AdditionalEventData!["backingKeysDeletionStatus"]!;
}
