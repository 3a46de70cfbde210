using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>Calls of a node of a shared store, while another node changes what they go by.</summary>
public sealed class SharedCallTests : IDisposable
{
    private const string Throttled = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.";

    private readonly MovedClock _clock = new();
    private readonly TwoNodes _nodes;
    private readonly string _key;

    public SharedCallTests()
    {
        _nodes = new TwoNodes(_clock);
        _key = There(new CreateKeyRequest()).KeyMetadata.KeyId;
        Here(new DescribeKeyRequest { KeyId = _key });
        _nodes.TakeAttempts();
    }

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void Execute_NothingChanged_TakesNoLookAtTheVersion()
    {
        int looks = _nodes.Store.Looks;

        byte[] blob = Here(new EncryptRequest { KeyId = _key, Plaintext = [1] }).CiphertextBlob.ToArray();
        Here(new DecryptRequest { CiphertextBlob = blob });
        Here(new DescribeKeyRequest { KeyId = _key });

        Assert.Equal((looks, 3), (_nodes.Store.Looks, _nodes.Store.Attempts.Count));
        Assert.Equal([true, true, true], _nodes.TakeAttempts());
    }

    [Fact]
    public void Execute_AnotherNodeHasChangedTheKey_IsMadeAgainAndSeesIt()
    {
        There(new UpdateKeyDescriptionRequest { KeyId = _key, Description = "new" });

        Assert.Equal("new", Here(new DescribeKeyRequest { KeyId = _key }).KeyMetadata.Description);

        Assert.Equal([false], _nodes.TakeAttempts());
        Assert.Equal(["", ""], _nodes.Events("DescribeKey"));
    }

    [Fact]
    public async Task ExecuteAsync_AnotherNodeHasChangedTheKey_IsMadeAgainAndSeesIt()
    {
        There(new DisableKeyRequest { KeyId = _key });

        KmsException error = await Assert.ThrowsAsync<KmsException>(() => HereAsync(new EncryptRequest { KeyId = _key, Plaintext = [1] }));
        There(new EnableKeyRequest { KeyId = _key });
        EncryptResponse response = await HereAsync(new EncryptRequest { KeyId = _key, Plaintext = [1] });

        Assert.Equal("DisabledException", error.ErrorCode);
        Assert.NotNull(response.CiphertextBlob);
        Assert.Equal([false, false], _nodes.TakeAttempts());
        Assert.Equal(["DisabledException", ""], _nodes.Events("Encrypt"));
    }

    [Fact]
    public void Execute_ChangedBetweenItsWorkAndItsEvent_IsMadeAgain()
    {
        _nodes.Store.BeforeRecording = () => There(new DisableKeyRequest { KeyId = _key });

        KmsException error = Assert.Throws<KmsException>(() => Here(new EncryptRequest { KeyId = _key, Plaintext = [1] }));

        Assert.Equal("DisabledException", error.ErrorCode);
        Assert.Equal([false], _nodes.TakeAttempts());
        Assert.Equal(["DisabledException"], _nodes.Events("Encrypt"));
    }

    [Fact]
    public void Execute_ChangedAgainWhileItIsMadeAgain_IsAnsweredAsOfItsSecondBeginning()
    {
        There(new UpdateKeyDescriptionRequest { KeyId = _key, Description = "first" });
        _nodes.Store.BeforeRecording = () => There(new UpdateKeyDescriptionRequest { KeyId = _key, Description = "second" });
        int looks = _nodes.Store.Looks;

        Assert.Equal("second", Here(new DescribeKeyRequest { KeyId = _key }).KeyMetadata.Description);

        // One attempt by what was known, and one by a look, whose event needs no condition.
        Assert.Equal([false], _nodes.TakeAttempts());
        Assert.Equal(looks + 1, _nodes.Store.Looks);
    }

    [Fact]
    public void Execute_RefusedByOutdatedValues_IsMadeAgainAndAnswered()
    {
        There(new DisableKeyRequest { KeyId = _key });
        Assert.Equal("DisabledException", Refused(new EncryptRequest { KeyId = _key, Plaintext = [1] }).ErrorCode);
        _nodes.TakeAttempts();
        There(new EnableKeyRequest { KeyId = _key });

        Here(new EncryptRequest { KeyId = _key, Plaintext = [1] });

        Assert.Equal([false], _nodes.TakeAttempts());
        Assert.Equal(["DisabledException", ""], _nodes.Events("Encrypt"));
    }

    [Fact]
    public void Execute_AliasThatAnotherNodeHasMade_IsFound()
    {
        Assert.Equal("NotFoundException", Refused(new DescribeKeyRequest { KeyId = "alias/a" }).ErrorCode);
        There(new CreateAliasRequest { AliasName = "alias/a", TargetKeyId = _key });
        Assert.Equal(_key, Here(new DescribeKeyRequest { KeyId = "alias/a" }).KeyMetadata.KeyId);

        string other = There(new CreateKeyRequest()).KeyMetadata.KeyId;
        There(new UpdateAliasRequest { AliasName = "alias/a", TargetKeyId = other });
        Assert.Equal(other, Here(new DescribeKeyRequest { KeyId = "alias/a" }).KeyMetadata.KeyId);
    }

    [Fact]
    public void Execute_AnotherKeyHasChanged_IsNotMadeAgain()
    {
        string other = There(new CreateKeyRequest()).KeyMetadata.KeyId;
        There(new UpdateKeyDescriptionRequest { KeyId = other, Description = "x" });

        Here(new DescribeKeyRequest { KeyId = _key });

        Assert.Equal([true], _nodes.TakeAttempts());
    }

    [Fact]
    public void Execute_AnotherNodeHasMovedTheClock_IsMadeAgainAtTheNewTime()
    {
        _nodes.There.StepClock(KmsFixture.Start.AddDays(1));

        Here(new DescribeKeyRequest { KeyId = _key });

        Assert.Equal([false], _nodes.TakeAttempts());
        Assert.Equal(KmsFixture.Start.AddDays(1).UtcDateTime, _nodes.There.FindEvents(new EventQuery { EventName = "DescribeKey" }).Last().EventTime);
    }

    [Fact]
    public void Execute_Change_LooksAtTheVersionAndIsNeverMadeAgain()
    {
        There(new DisableKeyRequest { KeyId = _key });
        int looks = _nodes.Store.Looks;

        Here(new EnableKeyRequest { KeyId = _key });

        Assert.Equal(looks + 1, _nodes.Store.Looks);
        Assert.Empty(_nodes.TakeAttempts());
        Assert.Equal(KeyState.Enabled, There(new DescribeKeyRequest { KeyId = _key }).KeyMetadata.KeyState);
    }

    [Fact]
    public void Execute_OwnChange_IsSeenByTheNextCallWithoutALook()
    {
        Here(new UpdateKeyDescriptionRequest { KeyId = _key, Description = "mine" });
        int looks = _nodes.Store.Looks;

        Assert.Equal("mine", Here(new DescribeKeyRequest { KeyId = _key }).KeyMetadata.Description);

        Assert.Equal(looks, _nodes.Store.Looks);
        Assert.Equal([true], _nodes.TakeAttempts());
    }

    [Fact]
    public void Execute_Listing_ShowsNothingThatWasDueOnAnotherNode()
    {
        MovedClock clock = new();
        using TwoNodes nodes = new(clock, simulated: false);
        string doomed = nodes.There.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        nodes.There.Execute(new ScheduleKeyDeletionRequest { KeyId = doomed, PendingWindowInDays = 7 });
        nodes.Store.Attempts.Clear();
        clock.Pass(TimeSpan.FromDays(8));

        Assert.Empty(nodes.Here.Execute(new ListKeysRequest()).Keys);
        Assert.Empty(nodes.Store.Attempts);
    }

    [Fact]
    public void Clock_OfThisMachineIsAhead_NothingFallsDueEarly()
    {
        MovedClock clock = new();
        using TwoNodes nodes = new(clock, simulated: false);
        DateTimeOffset begin = clock.GetUtcNow();
        nodes.Store.Clock = new SharedClock(clock);
        nodes.Store.Clock.Note(begin);
        string doomed = nodes.Here.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        nodes.Here.Execute(new ScheduleKeyDeletionRequest { KeyId = doomed, PendingWindowInDays = 7 });

        // Within an hour, so that a store on one machine would believe it.
        clock.Pass(TimeSpan.FromDays(7) - TimeSpan.FromMinutes(1));
        clock.Jump(TimeSpan.FromMinutes(30));
        Assert.Equal(0, nodes.Here.ProcessDue());
        nodes.Here.Execute(new CancelKeyDeletionRequest { KeyId = doomed });
        nodes.Here.Execute(new ScheduleKeyDeletionRequest { KeyId = doomed, PendingWindowInDays = 7 });

        clock.Pass(TimeSpan.FromDays(7));
        Assert.Equal(1, nodes.Here.ProcessDue());
        Assert.True(nodes.Here.ClockTrust.Read().IsExplained);
    }

    [Fact]
    public void Execute_ManagedKeyOfAServiceIsMadeOnTheWay_IsAnswered()
    {
        Here(new DescribeKeyRequest { KeyId = "alias/aws/s3" });
        string made = There(new DescribeKeyRequest { KeyId = "alias/aws/s3" }).KeyMetadata.KeyId;

        Assert.Equal(made, Here(new DescribeKeyRequest { KeyId = "alias/aws/s3" }).KeyMetadata.KeyId);
        Assert.Equal(["", ""], _nodes.Events("CreateKey"));
    }

    [Fact]
    public void RequestQuota_CallIsMadeAgain_CountsOnce()
    {
        _nodes.There.Quotas.RequestQuotasEnabled = true;
        _nodes.There.Quotas.Set("DescribeKey", 2);
        Here(new DescribeKeyRequest { KeyId = _key });
        _nodes.TakeAttempts();
        _clock.Pass(TimeSpan.FromSeconds(1));
        There(new UpdateKeyDescriptionRequest { KeyId = _key, Description = "x" });

        Here(new DescribeKeyRequest { KeyId = _key });
        Assert.Equal([false], _nodes.TakeAttempts());
        Here(new DescribeKeyRequest { KeyId = _key });

        KmsException error = Refused(new DescribeKeyRequest { KeyId = _key });
        Assert.Equal(("ThrottlingException", Throttled), (error.ErrorCode, error.Message));
    }

    [Fact]
    public void RequestQuota_RaisedOnAnotherNode_LetsTheCallThrough()
    {
        _nodes.There.Quotas.RequestQuotasEnabled = true;
        _nodes.There.Quotas.Set("DescribeKey", 1);
        Here(new DescribeKeyRequest { KeyId = _key });
        Assert.Equal("ThrottlingException", Refused(new DescribeKeyRequest { KeyId = _key }).ErrorCode);
        _nodes.There.Quotas.Set("DescribeKey", 2);

        Here(new DescribeKeyRequest { KeyId = _key });

        Assert.Equal("ThrottlingException", Refused(new DescribeKeyRequest { KeyId = _key }).ErrorCode);
    }

    [Fact]
    public void Alarm_RefusalIsMadeAgain_CountsOnce()
    {
        _nodes.There.Alarms.Create("in use", AlarmEvent.KeyUsedWhilePendingDeletion, threshold: 2);
        There(new ScheduleKeyDeletionRequest { KeyId = _key, PendingWindowInDays = 7 });
        Refused(new DescribeKeyRequest { KeyId = "alias/none" });
        _nodes.TakeAttempts();
        _nodes.There.Quotas.Set("ListKeys", 5);

        Refused(new EncryptRequest { KeyId = _key, Plaintext = [1] });

        Assert.Equal([false], _nodes.TakeAttempts());
        Assert.Equal(AlarmState.OK, Assert.Single(_nodes.There.Alarms.List()).State);
        Refused(new EncryptRequest { KeyId = _key, Plaintext = [1] });
        Assert.Equal(AlarmState.ALARM, Assert.Single(_nodes.There.Alarms.List()).State);
    }

    [Fact]
    public void ConsistencyDelay_SetOnAnotherNode_HidesTheChange()
    {
        _nodes.There.SetConsistencyDelay(10);
        There(new UpdateKeyDescriptionRequest { KeyId = _key, Description = "late" });

        Assert.Equal("", Here(new DescribeKeyRequest { KeyId = _key }).KeyMetadata.Description);
        _nodes.There.StepClock(KmsFixture.Start.AddSeconds(10));
        Assert.Equal("late", Here(new DescribeKeyRequest { KeyId = _key }).KeyMetadata.Description);
    }

    [Fact]
    public void Discard_ResponseWithASecret_ZeroesIt()
    {
        byte[] secret = [1, 2, 3];
        SharedCall.Discard(new GenerateRandomResponse { Plaintext = new KmsSecretBlob(secret) });
        Assert.Equal([0, 0, 0], secret);
    }

    private T Here<T>(IKmsRequest<T> request)
        where T : class => _nodes.Here.Execute(request);

    private async Task<T> HereAsync<T>(IKmsRequest<T> request)
        where T : class => (T)await _nodes.Here.ExecuteAsync(OperationCatalog.ForRequest(request), request);

    private T There<T>(IKmsRequest<T> request)
        where T : class => _nodes.There.Execute(request);

    private KmsException Refused<T>(IKmsRequest<T> request)
        where T : class => Assert.Throws<KmsException>(() => Here(request));
}
