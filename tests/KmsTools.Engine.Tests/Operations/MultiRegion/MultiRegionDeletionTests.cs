namespace KmsTools.Operations;

public sealed class MultiRegionDeletionTests : MultiRegionTests
{
    [Fact]
    public void ScheduleKeyDeletion_PrimaryWithReplicas_WaitsForThem()
    {
        string keyId = CreateKeyInThreeRegions();

        ScheduleKeyDeletionResponse response = Schedule(keyId, Virginia, 7);

        Assert.Equal(KeyState.PendingReplicaDeletion, response.KeyState);
        Assert.Null(response.DeletionDate);
        Assert.Equal(7, response.PendingWindowInDays);
        KeyMetadata primary = Describe(keyId, Virginia);
        Assert.Equal(KeyState.PendingReplicaDeletion, primary.KeyState);
        Assert.False(primary.Enabled);
        Assert.Equal(7, primary.PendingDeletionWindowInDays);
        Assert.Null(primary.DeletionDate);
        Assert.Equal(KeyState.Enabled, Describe(keyId, Ireland).KeyState);
        Assert.DoesNotContain("deletionDate", Kms.Events("ScheduleKeyDeletion").Single().ResponseElements!.Keys);
        Kms.StepDays(1000);
        Assert.Equal(KeyState.PendingReplicaDeletion, Describe(keyId, Virginia).KeyState);
    }

    [Fact]
    public void ScheduleKeyDeletion_PrimaryWithoutReplicas_HasADeletionDate()
    {
        string keyId = CreatePrimary().KeyId;
        ScheduleKeyDeletionResponse response = Schedule(keyId, Virginia, 7);
        Assert.Equal((KeyState.PendingDeletion, Time("2030-01-08")), (response.KeyState, response.DeletionDate));
    }

    [Fact]
    public void PendingReplicaDeletion_LastReplicaDeleted_BeginsTheFullWindow()
    {
        string keyId = CreateKeyInThreeRegions();
        Schedule(keyId, Virginia, 8);
        Schedule(keyId, Ireland, 7);
        Schedule(keyId, Mumbai, 10);

        Kms.Engine.StepClock(new DateTimeOffset(Time("2030-01-10T23:59:59.999")));
        Assert.Equal(KeyState.PendingReplicaDeletion, Describe(keyId, Virginia).KeyState);
        Assert.Equal([Mumbai], Describe(keyId, Virginia).MultiRegionConfiguration!.ReplicaKeys.Select(static key => key.Region));

        Kms.Engine.StepClock(new DateTimeOffset(Time("2030-01-11")));
        KeyMetadata primary = Describe(keyId, Virginia);
        Assert.Equal(KeyState.PendingDeletion, primary.KeyState);
        Assert.Equal(Time("2030-01-19"), primary.DeletionDate);
        Assert.Null(primary.PendingDeletionWindowInDays);

        Kms.Engine.StepClock(new DateTimeOffset(Time("2030-01-18T23:59:59.999")));
        Assert.Equal(KeyState.PendingDeletion, Describe(keyId, Virginia).KeyState);
        Kms.Engine.StepClock(new DateTimeOffset(Time("2030-01-19")));
        Assert.Equal("NotFoundException", Kms.Refused(new DescribeKeyRequest { KeyId = keyId }).ErrorCode);
    }

    [Fact]
    public void PendingReplicaDeletion_NobodyCalledInBetween_EverythingHappensAtItsTime()
    {
        string keyId = CreateKeyInThreeRegions();
        Schedule(keyId, Virginia, 30);
        Schedule(keyId, Ireland, 7);
        Schedule(keyId, Mumbai, 10);

        Kms.StepDays(365);

        Assert.Equal(
            [(Ireland, Time("2030-01-08")), (Mumbai, Time("2030-01-11")), (Virginia, Time("2030-02-10"))],
            Kms.Events("DeleteKey").Select(static e => (e.AwsRegion, e.EventTime)));
    }

    [Fact]
    public void CancelKeyDeletion_InPendingReplicaDeletion_IsDisabledAndReplicasGoOn()
    {
        string keyId = CreateKeyInThreeRegions();
        Schedule(keyId, Virginia, 7);

        Kms.Call(new CancelKeyDeletionRequest { KeyId = keyId });

        KeyMetadata primary = Describe(keyId, Virginia);
        Assert.Equal(KeyState.Disabled, primary.KeyState);
        Assert.Null(primary.PendingDeletionWindowInDays);
        Assert.Equal(KeyState.Enabled, Describe(keyId, Mumbai).KeyState);
        Schedule(keyId, Ireland, 7);
        Schedule(keyId, Mumbai, 7);
        Kms.StepDays(7);
        Assert.Equal(KeyState.Disabled, Describe(keyId, Virginia).KeyState);
        Assert.Empty(Describe(keyId, Virginia).MultiRegionConfiguration!.ReplicaKeys);
    }

    [Fact]
    public void CancelKeyDeletion_OfTheLastReplica_KeepsThePrimaryWaiting()
    {
        string keyId = CreatePrimary().KeyId;
        Replicate(keyId, Ireland);
        Schedule(keyId, Virginia, 7);
        Schedule(keyId, Ireland, 7);
        Kms.Call(new CancelKeyDeletionRequest { KeyId = keyId }, Ireland);
        Kms.StepDays(30);
        Assert.Equal(KeyState.PendingReplicaDeletion, Describe(keyId, Virginia).KeyState);
        Assert.Equal(KeyState.Disabled, Describe(keyId, Ireland).KeyState);
    }

    [Fact]
    public void PendingReplicaDeletion_Primary_IsNeitherUsedNorRotated()
    {
        string keyId = CreateKeyInThreeRegions();
        Kms.Call(new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = 90 });
        byte[] ciphertext = Encrypt(keyId, Virginia);
        Schedule(keyId, Virginia, 7);

        Refuses(
            new EncryptRequest
            {
                KeyId = keyId,
                Plaintext = [1],
            }, Virginia, "KMSInvalidStateException", $"{Arn(Virginia, keyId)} is pending replica deletion.");
        Refuses(
            new ScheduleKeyDeletionRequest
            {
                KeyId = keyId,
            }, Virginia, "KMSInvalidStateException", $"{Arn(Virginia, keyId)} is pending replica deletion.");
        Assert.Equal([1, 2, 3], Decrypt(ciphertext, Ireland).Plaintext!.ToArray());
        Assert.False(RotationStatus(keyId, Virginia).KeyRotationEnabled);
        Kms.StepDays(91);
        Assert.Empty(Rotations(keyId, Virginia));
        Assert.Empty(Rotations(keyId, Ireland));
    }

    [Fact]
    public void PendingReplicaDeletion_StoreReopened_IsKept()
    {
        string keyId = CreateKeyInThreeRegions();
        Schedule(keyId, Virginia, 9);
        Kms.Reopen();
        Assert.Equal(9, Describe(keyId, Virginia).PendingDeletionWindowInDays);
    }
}
