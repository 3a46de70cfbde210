using System.Collections.Immutable;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools;

public sealed class ClockStepTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void StepClock_DeletionRotationsAndExpiry_ReturnsThemInTheirOrder()
    {
        KeyMetadata gone = _kms.CreateKey();
        KeyMetadata rotating = _kms.CreateKey();
        KeyMetadata expiring = _kms.ImportedKey(validTo: KmsFixture.Start.AddDays(10));
        _kms.Call(new CreateAliasRequest { AliasName = "alias/gone", TargetKeyId = gone.KeyId });
        _kms.Call(new EnableKeyRotationRequest { KeyId = rotating.KeyId, RotationPeriodInDays = 90 });
        _kms.Schedule(gone.KeyId, 7);

        ClockStep step = _kms.Engine.StepClock(KmsFixture.Start.AddDays(180));

        Assert.Equal((KmsFixture.Start, KmsFixture.Start.AddDays(180)), (step.From, step.To));
        Assert.Equal(
            [
                (DueKind.Deletion, gone.Arn, 7.0, "alias/gone"),
                (DueKind.MaterialExpiry, expiring.Arn, 10.0, ""),
                (DueKind.Rotation, rotating.Arn, 90.0, ""),
                (DueKind.Rotation, rotating.Arn, 180.0, ""),
            ],
            step.Changes.Select(static change => (
                change.Kind,
                change.KeyArn,
                (change.DueDate - KmsFixture.Start.UtcDateTime).TotalDays,
                string.Join(' ', change.AliasNames))));
        Assert.Equal(expiring.CurrentKeyMaterialId, step.Changes[1].KeyMaterialId);
        Assert.Equal((0, 0), (step.OrphansLeft, step.AlarmsRaised.Length));
    }

    [Fact]
    public void StepClock_JustBeforeAndAtADueDate_ReturnsItOnce()
    {
        _kms.Schedule(_kms.CreateKey().KeyId, 7);

        Assert.Empty(_kms.Engine.StepClock(KmsFixture.Start.AddDays(7).AddMilliseconds(-1)).Changes);
        Assert.Single(_kms.Engine.StepClock(KmsFixture.Start.AddDays(7)).Changes);
        Assert.Empty(_kms.Engine.StepClock(KmsFixture.Start.AddDays(8)).Changes);
    }

    [Fact]
    public void StepClock_AlarmGoesOff_IsNamedOnce()
    {
        _kms.ImportedKey(validTo: KmsFixture.Start.AddDays(40));
        _kms.Engine.Alarms.Create("expiring", AlarmEvent.KeyMaterialExpiring);

        Assert.Empty(_kms.Engine.StepClock(KmsFixture.Start.AddDays(9)).AlarmsRaised);
        Assert.Equal(["expiring"], _kms.Engine.StepClock(KmsFixture.Start.AddDays(11)).AlarmsRaised);
        Assert.Empty(_kms.Engine.StepClock(KmsFixture.Start.AddDays(12)).AlarmsRaised);
    }

    [Fact]
    public void Of_KeyThatIsDeletedAfterAnExpiry_HasBothAndNoRotation()
    {
        string keyId = _kms.ImportedKey(validTo: KmsFixture.Start.AddDays(5)).KeyId;
        _kms.Schedule(keyId, 7);

        Assert.Equal([DueKind.MaterialExpiry, DueKind.Deletion], Schedule(keyId).Select(static change => change.Kind));
        Assert.Equal((DueKind.MaterialExpiry, KmsFixture.Start.AddDays(5).UtcDateTime), DueChange.NextOf(Find(keyId)));
    }

    [Fact]
    public void Of_MaterialThatExpiresAfterTheDeletion_HasTheDeletionOnly()
    {
        string keyId = _kms.ImportedKey(validTo: KmsFixture.Start.AddDays(8)).KeyId;
        _kms.Schedule(keyId, 7);

        Assert.Equal([DueKind.Deletion], Schedule(keyId).Select(static change => change.Kind));
    }

    [Fact]
    public void Of_KeyWithNothingToCome_IsEmpty()
    {
        string keyId = _kms.CreateKey().KeyId;

        Assert.Empty(Schedule(keyId));
        Assert.Null(DueChange.NextOf(Find(keyId)));
    }

    [Fact]
    public void FindSchedule_OfAllRegions_HasTheFirstChangesInTheirOrder()
    {
        KeyMetadata rotating = _kms.CreateKey();
        KeyMetadata expiring = _kms.ImportedKey(validTo: KmsFixture.Start.AddDays(5));
        KeyMetadata distant = _kms.Call(new CreateKeyRequest(), "eu-west-1").KeyMetadata;
        _kms.CreateKey();
        _kms.Call(new EnableKeyRotationRequest { KeyId = rotating.KeyId, RotationPeriodInDays = 90 });
        _kms.Schedule(expiring.KeyId, 30);
        _kms.Call(new ScheduleKeyDeletionRequest { KeyId = distant.KeyId, PendingWindowInDays = 7 }, "eu-west-1");
        (string, DueKind)[] all =
        [
            (expiring.Arn, DueKind.MaterialExpiry), (distant.Arn, DueKind.Deletion), (expiring.Arn, DueKind.Deletion),
            (rotating.Arn, DueKind.Rotation),
        ];

        Assert.Equal(all, Found(_kms.Engine.FindSchedule()));
        for (int max = 1; max <= all.Length; max++)
        {
            Assert.Equal(all.Take(max), Found(_kms.Engine.FindSchedule(max: max)));
        }

        Assert.Equal(all.Where(static change => !change.Item1.Contains("eu-west-1")), Found(_kms.Engine.FindSchedule(KmsFixture.Region)));
        Assert.Equal(all.Take(2), Found(_kms.Engine.FindSchedule(until: KmsFixture.Start.AddDays(7))));
        Assert.Equal(all.Take(1), Found(_kms.Engine.FindSchedule(until: KmsFixture.Start.AddDays(7).AddMilliseconds(-1))));
        Assert.Throws<ArgumentOutOfRangeException>(() => _kms.Engine.FindSchedule(max: 0));

        static IEnumerable<(string, DueKind)> Found(IEnumerable<DueChange> changes) =>
            changes.Select(static change => (change.KeyArn, change.Kind));
    }

    private Key Find(string keyId)
    {
        using IStateReader state = _kms.Engine.OpenReader();
        return state.FindKey(KmsFixture.Region, keyId)!;
    }

    private ImmutableArray<DueChange> Schedule(string keyId)
    {
        using IStateReader state = _kms.Engine.OpenReader();
        return DueChange.Of(Find(keyId), state);
    }
}
