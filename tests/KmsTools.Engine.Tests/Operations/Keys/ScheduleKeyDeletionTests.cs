using KmsTools.Auditing;

namespace KmsTools.Operations;

public sealed class ScheduleKeyDeletionTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(7, 8)]
    [InlineData(30, 31)]
    [InlineData(null, 31)]
    public void ScheduleKeyDeletion_WindowWithinTheLimits_TellsTheDate(int? window, int dayOfJanuary)
    {
        KeyMetadata key = _kms.CreateKey();

        ScheduleKeyDeletionResponse response = _kms.Call(
            new ScheduleKeyDeletionRequest { KeyId = key.KeyId, PendingWindowInDays = window });

        DateTime date = new(2030, 1, dayOfJanuary, 0, 0, 0, DateTimeKind.Utc);
        Assert.Equal(key.Arn, response.KeyId);
        Assert.Equal(date, response.DeletionDate);
        Assert.Equal(KeyState.PendingDeletion, response.KeyState);
        Assert.Equal(window ?? 30, response.PendingWindowInDays);
        KeyMetadata pending = _kms.Describe(key.KeyId);
        Assert.Equal((KeyState.PendingDeletion, date, false), (pending.KeyState, pending.DeletionDate, pending.Enabled));
    }

    [Theory]
    [InlineData(0, "Value '0' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value greater than or equal to 1")]
    [InlineData(366, "Value '366' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value less than or equal to 365")]
    public void ScheduleKeyDeletion_WindowOutsideTheModel_IsRefused(int window, string message) => _kms.Refuses(
        new ScheduleKeyDeletionRequest { KeyId = _kms.CreateKey().KeyId, PendingWindowInDays = window },
        "ValidationException",
        $"1 validation error detected: {message}");

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(31)]
    [InlineData(365)]
    public void ScheduleKeyDeletion_WindowOutsideTheService_IsRefused(int window)
    {
        string keyId = _kms.CreateKey().KeyId;

        Assert.Equal(
            "ValidationException",
            _kms.Error(new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = window }).Code);
        Assert.Equal(KeyState.Enabled, _kms.Describe(keyId).KeyState);
    }

    [Fact]
    public void ScheduleKeyDeletion_Twice_SaysItIsPending()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Schedule(key.KeyId);

        _kms.Refuses(new ScheduleKeyDeletionRequest { KeyId = key.KeyId }, "KMSInvalidStateException", $"{key.Arn} is pending deletion.");
    }

    [Fact]
    public void ScheduleKeyDeletion_AMillisecondBeforeAndAtTheDate_IsThereAndGone()
    {
        KeyMetadata key = _kms.CreateKey();
        KeyMetadata other = _kms.CreateKey();
        _kms.Alias("alias/one", key.KeyId);
        _kms.Alias("alias/two", key.KeyId);
        _kms.Alias("alias/kept", other.KeyId);
        _kms.Schedule(key.KeyId);

        _kms.Step(TimeSpan.FromDays(7) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(KeyState.PendingDeletion, _kms.Describe("alias/one").KeyState);

        _kms.Step(TimeSpan.FromMilliseconds(1));
        _kms.Refuses(new DescribeKeyRequest { KeyId = key.KeyId }, "NotFoundException", $"Key '{key.Arn}' does not exist");
        _kms.Refuses(
            new DescribeKeyRequest
            {
                KeyId = "alias/one",
            }, "NotFoundException", "Alias arn:aws:kms:us-east-1:111122223333:alias/one is not found.");
        Assert.Equal("NotFoundException", _kms.Error(new CancelKeyDeletionRequest { KeyId = key.KeyId }).Code);
        Assert.Equal([other.KeyId], _kms.Call(new ListKeysRequest()).Keys.Select(entry => entry.KeyId));
        Assert.Equal(
            ["alias/kept"],
            _kms.Call(new ListAliasesRequest()).Aliases.Where(static alias => alias.TargetKeyId is not null).Select(static alias => alias.AliasName));
        _kms.Alias("alias/one", other.KeyId);
    }

    [Fact]
    public void ScheduleKeyDeletion_ProcessedLater_HasTheDueTimeInItsEvent()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Schedule(key.KeyId);

        _kms.StepDays(100);

        AuditEvent deletion = Assert.Single(_kms.Events("DeleteKey"));
        Assert.Equal(new DateTime(2030, 1, 8, 0, 0, 0, DateTimeKind.Utc), deletion.EventTime);
        Assert.Equal("AwsServiceEvent", deletion.EventType);
        Assert.Equal([key.Arn], deletion.Resources);
        Assert.Equal("AWS Internal", deletion.UserIdentity["invokedBy"]);
        Assert.Null(deletion.RequestParameters);
        Assert.Equal([("keyId", key.Arn)], deletion.ResponseElements!.Select(static element => (element.Key, (string)element.Value!)));
        Assert.Equal(key.KeyId, deletion.ServiceEventDetails!["keyId"]);
        Assert.False(deletion.ReadOnly);
    }

    [Fact]
    public void ScheduleKeyDeletion_WhilePending_AllowsWhatIsListed()
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Alias("alias/gone", keyId);
        _kms.Schedule(keyId);

        _kms.Call(new DeleteAliasRequest { AliasName = "alias/gone" });
        Assert.Empty(_kms.Call(new ListAliasesRequest { KeyId = keyId }).Aliases);
        Assert.Empty(_kms.Call(new ListKeyRotationsRequest { KeyId = keyId }).Rotations);
        Assert.Equal(keyId, _kms.Call(new GetKeyLastUsageRequest { KeyId = keyId }).KeyId);
    }

    [Fact]
    public void ScheduleKeyDeletion_PendingImport_IsAllowed()
    {
        string keyId = _kms.CreateKey("EXTERNAL").KeyId;
        _kms.Schedule(keyId);
        Assert.Equal(KeyState.PendingDeletion, _kms.Describe(keyId).KeyState);

        _kms.StepDays(7);

        Assert.Equal("NotFoundException", _kms.Error(new DescribeKeyRequest { KeyId = keyId }).Code);
    }

    [Fact]
    public void ProcessDue_ManyThingsOfManyKeys_HappenInTheOrderOfTheirTimes()
    {
        // Due: expiry on day 5 and 20, rotation on day 90, 180, 270, 360, deletion on day 7, 30 and 180.
        KeyMetadata expiring = _kms.ImportedKey(validTo: KmsFixture.Start.AddDays(5));
        KeyMetadata deletedBeforeExpiry = _kms.ImportedKey(validTo: KmsFixture.Start.AddDays(8));
        KeyMetadata expiringThenDeleted = _kms.ImportedKey(validTo: KmsFixture.Start.AddDays(20));
        KeyMetadata rotating = _kms.CreateKey();
        KeyMetadata faster = _kms.CreateKey();
        _kms.Call(new EnableKeyRotationRequest { KeyId = rotating.KeyId, RotationPeriodInDays = 120 });
        _kms.Call(new EnableKeyRotationRequest { KeyId = faster.KeyId, RotationPeriodInDays = 90 });
        _kms.Schedule(deletedBeforeExpiry.KeyId, 7);
        _kms.Schedule(expiringThenDeleted.KeyId, 30);

        _kms.StepDays(270);

        (string, string, int)[] happened = [.. _kms.Events().Where(entry => entry.EventType == "AwsServiceEvent")
            .Select(entry => (entry.EventName, entry.Resources[0], (int)(entry.EventTime - KmsFixture.Start.UtcDateTime).TotalDays))];
        Assert.Equal(
            [
                ("DeleteExpiredKeyMaterial", expiring.Arn, 5),
                ("DeleteKey", deletedBeforeExpiry.Arn, 7),
                ("DeleteExpiredKeyMaterial", expiringThenDeleted.Arn, 20),
                ("DeleteKey", expiringThenDeleted.Arn, 30),
                ("RotateKey", faster.Arn, 90),
                ("RotateKey", rotating.Arn, 120),
                ("RotateKey", faster.Arn, 180),
                ("RotateKey", rotating.Arn, 240),
                ("RotateKey", faster.Arn, 270),
            ],
            happened);
    }

    [Fact]
    public void ProcessDue_StoreClosedInBetween_IsDoneByTheNextOne()
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Schedule(keyId);
        using (Persistence.IStateTransaction transaction = _kms.Engine.Store.BeginTransaction())
        {
            transaction.WriteSimulatedTime(KmsFixture.Start.AddDays(8));
            transaction.Commit();
        }

        _kms.Reopen();

        Assert.Equal("NotFoundException", _kms.Error(new DescribeKeyRequest { KeyId = keyId }).Code);
        Assert.Equal(new DateTime(2030, 1, 8, 0, 0, 0, DateTimeKind.Utc), Assert.Single(_kms.Events("DeleteKey")).EventTime);
    }
}
