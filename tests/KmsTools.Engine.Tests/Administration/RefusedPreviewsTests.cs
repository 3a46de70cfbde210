using KmsTools.Auditing;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>What is refused before its user is asked has been tried, unless it was only previewed.</summary>
public sealed class RefusedPreviewsTests : IDisposable
{
    private static readonly Caller Alice = new() { PrincipalArn = "arn:aws:iam::111122223333:user/alice", UserAgent = "test" };

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void PreviewResetKeyPolicy_Refused_LeavesTheEventOfTheRefusedAct() => LeavesTheSame(
        triedBy => _kms.Engine.Authorization.PreviewResetKeyPolicy("alias/none", null, triedBy),
        () => _kms.Engine.Authorization.ResetKeyPolicy("alias/none", Alice),
        ("ResetKeyPolicy", "NotFoundException"));

    [Fact]
    public void PreviewStepClock_Refused_LeavesTheEventOfTheRefusedAct()
    {
        DateTimeOffset before = KmsFixture.Start.AddMilliseconds(-1);
        LeavesTheSame(
            triedBy => _kms.Engine.PreviewStepClock(before, triedBy),
            () => _kms.Engine.StepClock(before, Alice),
            ("StepClock", "UnsupportedOperationException"));
    }

    [Fact]
    public void PreviewUnregister_Refused_LeavesTheEventOfTheRefusedAct() => LeavesTheSame(
        triedBy => _kms.Engine.HsmClusters.PreviewUnregister("cluster-nnnnnnnnnnn", triedBy),
        () => _kms.Engine.HsmClusters.Unregister("cluster-nnnnnnnnnnn", Alice),
        ("UnregisterHsmCluster", "CloudHsmClusterNotFoundException"));

    [Fact]
    public void PreviewRemoval_Refused_LeavesTheEventOfTheRefusedAct() => LeavesTheSame(
        triedBy => _kms.Engine.HsmMembers.PreviewRemoval("cluster-nnnnnnnnnnn", "none", triedBy: triedBy),
        () => _kms.Engine.HsmMembers.Remove("cluster-nnnnnnnnnnn", "none", caller: Alice),
        ("RemoveHsm", "CloudHsmClusterNotFoundException"));

    [Fact]
    public void PreviewRestore_Refused_LeavesTheEventOfTheRefusedAct() => LeavesTheSame(
        triedBy => _kms.Engine.HsmRestorer.PreviewRestore("backup-nnnnnnnnnnn", "cluster-nnnnnnnnnnn", triedBy),
        () => _kms.Engine.HsmRestorer.RestoreInPlace("backup-nnnnnnnnnnn", "cluster-nnnnnnnnnnn", Alice),
        ("RestoreHsmCluster", "CloudHsmResourceNotFoundException"));

    [Fact]
    public void PreviewRemove_Refused_LeavesTheEventOfTheRefusedAct() => LeavesTheSame(
        triedBy => _kms.Engine.HsmBackups.PreviewRemove("backup-nnnnnnnnnnn", triedBy),
        () => _kms.Engine.HsmBackups.Remove("backup-nnnnnnnnnnn", Alice),
        ("RemoveHsmClusterBackup", "CloudHsmResourceNotFoundException"));

    [Fact]
    public void Preview_OfACall_LeavesTheEventOfTheRefusedCall()
    {
        string keyId = _kms.CreateKey().KeyId;
        ScheduleKeyDeletionRequest tooShort = new() { KeyId = keyId, PendingWindowInDays = 6 };

        LeavesTheSame(
            triedBy => _kms.Engine.Preview(tooShort, Alice, isTried: triedBy is not null),
            () => _kms.Engine.Execute(tooShort, Alice),
            ("ScheduleKeyDeletion", "ValidationException"));
        Assert.Equal(KeyState.Enabled, _kms.Describe(keyId).KeyState);
    }

    [Fact]
    public void Preview_ThatIsNotRefused_LeavesNothing()
    {
        string keyId = _kms.CreateKey().KeyId;

        Assert.Empty(LeftBy(() =>
        {
            _kms.Engine.Authorization.PreviewResetKeyPolicy(keyId, null, Alice);
            _kms.Engine.PreviewStepClock(KmsFixture.Start, Alice);
            _kms.Engine.Preview(new ScheduleKeyDeletionRequest { KeyId = keyId }, Alice, isTried: true);
        }));
    }

    // Only the IDs differ.
    private static string Text(AuditEvent left) => left.CloudTrailEvent
        .Replace(left.EventId, "", StringComparison.Ordinal)
        .Replace(left.RequestId ?? "none", "", StringComparison.Ordinal);

    private void LeavesTheSame(Action<Caller?> preview, Action act, (string Name, string ErrorCode) expected)
    {
        Assert.Empty(LeftBy(() => Assert.ThrowsAny<Exception>(() => preview(null))));
        AuditEvent tried = Assert.Single(LeftBy(() => Assert.ThrowsAny<Exception>(() => preview(Alice))));
        AuditEvent refused = Assert.Single(LeftBy(() => Assert.ThrowsAny<Exception>(act)));

        Assert.Equal(expected, (tried.EventName, tried.ErrorCode));
        Assert.Equal(Text(refused), Text(tried));
    }

    private AuditEvent[] LeftBy(Action work)
    {
        HashSet<string> before = [.. _kms.Engine.FindEvents(new EventQuery()).Select(static known => known.EventId)];
        work();
        return [.. _kms.Engine.FindEvents(new EventQuery()).Where(left => !before.Contains(left.EventId))];
    }
}
