using System.Globalization;
using KmsTools.Auditing;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Storage;

namespace KmsTools;

public sealed class EventLogRegistryTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Set_PartsThatAreNotGiven_StayAndZeroKeepsAll()
    {
        Assert.Equal(new EventLogSettings(), _kms.Engine.EventLog.ReadSettings());
        _kms.Engine.EventLog.Set(true, 36_500, 1 << 20);
        Assert.Equal(
            new EventLogSettings { SyncsEveryGroup = true, MaxAgeInDays = 36_500, MaxSizeInBytes = 1 << 20 },
            _kms.Engine.EventLog.ReadSettings());
        _kms.Engine.EventLog.Set(null, 0, null);
        Assert.Equal(new EventLogSettings { SyncsEveryGroup = true, MaxSizeInBytes = 1 << 20 }, _kms.Engine.EventLog.ReadSettings());
        _kms.Engine.EventLog.Set(false, null, 0);
        Assert.Equal(new EventLogSettings(), _kms.Engine.EventLog.ReadSettings());
        Assert.Equal("36500", _kms.Events("SetEventLog")[0].RequestParameters!["maxAgeInDays"]);
    }

    [Theory]
    [InlineData(-1, null)]
    [InlineData(36_501, null)]
    [InlineData(null, -1L)]
    [InlineData(null, (1L << 20) - 1)]
    public void Set_OutOfRange_IsRefusedRecordedAndChangesNothing(int? age, long? size)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _kms.Engine.EventLog.Set(true, age, size));
        Assert.Equal(new EventLogSettings(), _kms.Engine.EventLog.ReadSettings());
        Assert.Equal("ValidationException", Assert.Single(_kms.Events("SetEventLog")).ErrorCode);
    }

    [Fact]
    public void PreviewSet_OfAShorterTime_NamesWhatSetDropsAndDropsNothing()
    {
        EventLogRegistry log = _kms.Engine.EventLog;
        Assert.Empty(log.PreviewSet(1, null));
        log.Set(null, null, 1 << 20);
        string keyId = _kms.CreateKey().KeyId;
        Dictionary<string, string> context = Enumerable.Range(0, 100).ToDictionary(static i => $"name-{i}", static _ => new string('x', 40));
        for (int i = 0; i < 1000 && log.ListSegments().All(static segment => segment.State == EventSegmentState.OPEN); i++)
        {
            _kms.Call(new EncryptRequest { KeyId = keyId, Plaintext = [1], EncryptionContext = context });
        }

        _kms.StepDays(2);
        Assert.Empty(log.PreviewSet(3, null));
        int[] numbers = [.. log.PreviewSet(1, null).Select(static segment => segment.Number)];
        Assert.NotEmpty(numbers);
        Assert.DoesNotContain(log.ListSegments(), static segment => segment.State == EventSegmentState.DROPPED);
        Assert.Equal(1 << 20, log.ReadSettings().MaxSizeInBytes);

        // The event of the change itself may be one too many for the segments that are left.
        log.Set(null, 1, null);
        Assert.Equal(
            numbers,
            log.ListSegments().Where(static segment => segment.State == EventSegmentState.DROPPED).Select(static segment => segment.Number)
                .Take(numbers.Length));
    }

    [Fact]
    public void Open_ACrashLeftAnIncompleteEvent_IsRecorded()
    {
        _kms.Engine.Execute(new CreateKeyRequest());
        string file = Path.Combine(_kms.Engine.Folder, "events", "00000002.log");
        using (KmsEngine other = _kms.Open())
        {
            other.Execute(new ListKeysRequest());
        }

        long length = new FileInfo(file).Length;
        File.AppendAllBytes(file, [9, 1, 2]);
        using KmsEngine again = _kms.Open();
        AuditEvent repaired = Assert.Single(_kms.Events("RepairEventLog"));
        Assert.Equal(
            ("2", length.ToString(CultureInfo.InvariantCulture), "3", "false", "0"),
            (
                repaired.RequestParameters!["segment"],
                repaired.RequestParameters["position"],
                repaired.RequestParameters["bytes"],
                repaired.RequestParameters["isDamaged"],
                repaired.RequestParameters["missingEvents"]));
    }

    [Fact]
    public void Open_LostChangesAreAccepted_IsRecordedOnce()
    {
        string state = Path.Combine(_kms.Folder, "state.db");
        string kept = _kms.CreateKey().KeyId;
        _kms.Reopen();
        _kms.Engine.Dispose();
        byte[] former = File.ReadAllBytes(state);
        using (KmsEngine engine = _kms.Open())
        {
            engine.Execute(new CreateKeyRequest());
            engine.Execute(new CreateKeyRequest());
        }

        File.WriteAllBytes(state, former);
        LostChanges lost = Assert.Throws<StateStoreException>(() => _kms.Open().Dispose()).LostChanges!;
        Assert.Equal(2, lost.Count);
        StateStoreOptions accepting = new() { Folder = _kms.Folder, AcceptLostChanges = true };
        for (int i = 0; i < 2; i++)
        {
            using KmsEngine engine = new(
                new StoreFactory().Open(TestStores.At(accepting)),
                static () => throw new NotSupportedException(),
                static () => throw new NotSupportedException());
            Assert.Equal(kept, Assert.Single(engine.Execute(new ListKeysRequest()).Keys).KeyId);
            AuditEvent accepted = Assert.Single(engine.FindEvents(new EventQuery { EventName = "AcceptLostChanges" }));
            Assert.Equal("2", accepted.RequestParameters!["lostChanges"]);
            Assert.Equal(lost.Kept.ToString(CultureInfo.InvariantCulture), accepted.RequestParameters["lastChange"]);
        }

        using KmsEngine again = _kms.Open();
        Assert.Single(again.Execute(new ListKeysRequest()).Keys);
    }

    // What was used, and when, is known when the events are gone; and what was dropped is recorded.
    [Fact]
    public void MaxSize_ManyCalls_OldestEventsAreDroppedAndRecorded()
    {
        string keyId = _kms.Engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        _kms.Engine.Execute(new EncryptRequest { KeyId = keyId, Plaintext = new byte[1] });
        KeyLastUsageData before = _kms.Engine.Execute(new GetKeyLastUsageRequest { KeyId = keyId }).KeyLastUsage;
        _kms.Engine.EventLog.Set(null, null, 1 << 20);
        Dictionary<string, string> context = Enumerable.Range(0, 100)
            .ToDictionary(static i => $"name-{i}", static _ => new string('x', 40));
        string other = _kms.Engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        bool IsDropped() => _kms.Engine.EventLog.ListSegments()[0].State == EventSegmentState.DROPPED;
        for (int i = 0; i < 3000 && !IsDropped(); i++)
        {
            _kms.Engine.Execute(new EncryptRequest { KeyId = other, Plaintext = new byte[1], EncryptionContext = context });
        }

        // An act names all that it drops, which is more than one segment on a slow disk, before it drops them; others may follow.
        bool IsRecorded()
        {
            EventSegment[] dropped =
                [.. _kms.Engine.EventLog.ListSegments().Where(static segment => segment.State == EventSegmentState.DROPPED)];
            IReadOnlyList<AuditEvent> acts = _kms.Events("DropEvents");
            return dropped.Length > 0
                && Values(acts, "segments").Order().SequenceEqual(dropped.Select(static segment => (long)segment.Number).Order())
                && Values(acts, "items").Sum() == dropped.Sum(static segment => segment.Events);
        }

        static IEnumerable<long> Values(IEnumerable<AuditEvent> acts, string name) => acts
            .SelectMany(act => act.AdditionalEventData![name]!.ToString()!.Split(", "))
            .Select(static value => long.Parse(value, CultureInfo.InvariantCulture));

        Assert.True(SpinWait.SpinUntil(IsRecorded, TimeSpan.FromSeconds(30)));
        Assert.Empty(_kms.Engine.FindEvents(new EventQuery { KeyId = keyId, EventName = "Encrypt" }));
        Assert.Equal(before, _kms.Engine.Execute(new GetKeyLastUsageRequest { KeyId = keyId }).KeyLastUsage);
        Assert.DoesNotContain(
            _kms.Engine.EventLog.Verify([]), static result => result.Status is not (EventSegmentStatus.OK or EventSegmentStatus.DROPPED));
    }
}
