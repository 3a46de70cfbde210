using System.Text.Json;
using KmsTools.Auditing;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>What is known of keys when all their events are gone: retention forgets what happened, never a fact.</summary>
[Collection("SoftHSM")]
public sealed class DroppedEventsTests : IDisposable
{
    private readonly HsmFixture _hsm = new HsmFixture().Connected();

    public void Dispose() => _hsm.Dispose();

    [Fact]
    public void Drop_AllSegments_OrphansBackupsAndLastUsesAnswerAsBefore()
    {
        KeyMetadata kept = _hsm.CreateKey();
        KeyMetadata deleted = _hsm.CreateKey();
        _hsm.Kms.Alias("alias/orders", deleted.KeyId);
        _hsm.Kms.StepDays(1);
        _hsm.Kms.Encrypt(kept.KeyId, 1);
        _hsm.Kms.Encrypt(deleted.KeyId, 1);
        HsmBackupDescription backup = _hsm.Kms.Engine.HsmBackups.Create(HsmFixture.ClusterId);
        _hsm.Kms.Schedule(deleted.KeyId);
        _hsm.Disconnect();
        _hsm.Kms.StepDays(7);
        _hsm.Connected();
        string[] before = Answers(kept, deleted, backup);

        FillSegments();
        IEventLog log = _hsm.Kms.Engine.Store.Events;
        log.Drop(log.FindExcess(new EventLogSettings { MaxSizeInBytes = 0 }, default));

        Assert.Empty(_hsm.Kms.Engine.FindEvents(new EventQuery { KeyId = deleted.KeyId }));
        Assert.Empty(_hsm.Kms.Engine.FindEvents(new EventQuery { KeyId = kept.KeyId }));
        Assert.Equal(before, Answers(kept, deleted, backup));
        Assert.Contains("alias/orders", before[0], StringComparison.Ordinal);
        Assert.Contains(deleted.Arn, before[2], StringComparison.Ordinal);
        Assert.Contains("2030-01-02", before[3], StringComparison.Ordinal);
    }

    // Until those with the events of the test are complete; a segment of a log of at most 1 MiB is at an eighth of it.
    private void FillSegments()
    {
        _hsm.Kms.Engine.EventLog.Set(null, null, 1 << 20);
        int newest = _hsm.Kms.Engine.EventLog.ListSegments()[^1].Number;
        bool IsOpen() => _hsm.Kms.Engine.EventLog.ListSegments()
            .Any(segment => segment.Number <= newest && segment.State == EventSegmentState.OPEN);
        string other = _hsm.Kms.Engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        Dictionary<string, string> context = Enumerable.Range(0, 100).ToDictionary(static i => $"name-{i}", static _ => new string('x', 40));
        for (int i = 0; i < 1000 && IsOpen(); i++)
        {
            _hsm.Kms.Engine.Execute(new EncryptRequest { KeyId = other, Plaintext = new byte[1], EncryptionContext = context });
        }
    }

    private string[] Answers(KeyMetadata kept, KeyMetadata deleted, HsmBackupDescription backup) =>
    [
        JsonSerializer.Serialize(_hsm.Kms.Engine.KeyMaterial.Find(HsmFixture.ClusterId).Orphans),
        JsonSerializer.Serialize(_hsm.Kms.Engine.HsmBackups.FindForKey(kept.KeyId)),
        JsonSerializer.Serialize(_hsm.Kms.Engine.HsmBackups.FindForKey(deleted.KeyId).Where(found => found.BackupId == backup.BackupId)),
        JsonSerializer.Serialize(_hsm.Kms.Engine.Execute(new GetKeyLastUsageRequest { KeyId = kept.KeyId }).KeyLastUsage),
    ];
}
