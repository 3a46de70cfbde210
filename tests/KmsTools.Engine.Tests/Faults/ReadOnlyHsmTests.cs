using KmsTools.KeyStores;
using KmsTools.Operations;

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
        Assert.Equal(key.Arn, Assert.Single(_rack.Strays()).KeyArn);

        Restart();
        OrphanedKeyMaterial orphan = Assert.Single(_rack.Kms.Engine.KeyMaterial.Find(NetworkHsmRack.ClusterId).Orphans);
        Assert.Equal(
            (OrphanKind.MATERIAL_WITHOUT_KEY, key.Arn, "hsm-2", true),
            (orphan.Kind, orphan.KeyArn, Assert.Single(orphan.Hsms), orphan.IsRemovable));
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
