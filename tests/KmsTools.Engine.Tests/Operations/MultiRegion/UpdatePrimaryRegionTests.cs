namespace KmsTools.Operations;

public sealed class UpdatePrimaryRegionTests : MultiRegionTests
{
    [Fact]
    public void UpdatePrimaryRegion_ToAReplica_SwapsTheRoles()
    {
        string keyId = CreateKeyInThreeRegions();

        Update(keyId, Ireland);

        Assert.Equal(MultiRegionKeyType.PRIMARY, Describe(keyId, Ireland).MultiRegionConfiguration!.MultiRegionKeyType);
        Assert.Equal(KeyState.Enabled, Describe(keyId, Ireland).KeyState);
        foreach (string region in (string[])[Virginia, Ireland, Mumbai])
        {
            MultiRegionConfiguration configuration = Describe(keyId, region).MultiRegionConfiguration!;
            Assert.Equal(new MultiRegionKey(Arn(Ireland, keyId), Ireland), configuration.PrimaryKey);
            Assert.Equal([Mumbai, Virginia], configuration.ReplicaKeys.Select(static key => key.Region));
        }

        Refuses(
            new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = "sa-east-1" },
            Virginia,
            "UnsupportedOperationException",
            $"{Arn(Virginia, keyId)} is not a multi-region primary key.");
        Replicate(keyId, "sa-east-1", from: Ireland);
        Assert.Equal([1, 2, 3], Decrypt(Encrypt(keyId, Virginia), "sa-east-1").Plaintext!.ToArray());
    }

    [Fact]
    public void UpdatePrimaryRegion_RotationSchedule_GoesOnInTheNewPrimary()
    {
        string keyId = CreateKeyInThreeRegions();
        Kms.Call(new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = 90 });
        Update(keyId, Mumbai);
        Kms.Call(new DisableKeyRequest { KeyId = keyId }, Virginia);

        Kms.Engine.StepClock(new DateTimeOffset(Time("2030-04-01")));

        foreach (string region in (string[])[Virginia, Ireland, Mumbai])
        {
            Assert.Equal(Time("2030-04-01"), Assert.Single(Rotations(keyId, region)).RotationDate);
            Assert.Equal(Time("2030-06-30"), RotationStatus(keyId, region).NextRotationDate);
        }
    }

    [Fact]
    public void UpdatePrimaryRegion_FormerPrimary_CanBeDeletedAlone()
    {
        string keyId = CreateKeyInThreeRegions();
        Update(keyId, Ireland);

        Assert.Equal(KeyState.PendingDeletion, Schedule(keyId, Virginia, 7).KeyState);
        Kms.StepDays(7);

        Assert.Equal([Mumbai], Describe(keyId, Ireland).MultiRegionConfiguration!.ReplicaKeys.Select(static key => key.Region));
    }

    [Fact]
    public void UpdatePrimaryRegion_OneOfBothNotEnabled_IsRefusedByItsState()
    {
        string keyId = CreateKeyInThreeRegions();
        UpdatePrimaryRegionRequest request = new() { KeyId = keyId, PrimaryRegion = Ireland };
        Kms.Call(new DisableKeyRequest { KeyId = keyId }, Ireland);
        Refuses(request, Virginia, "DisabledException", $"{Arn(Ireland, keyId)} is disabled.");
        Schedule(keyId, Ireland, 7);
        Refuses(request, Virginia, "KMSInvalidStateException", $"{Arn(Ireland, keyId)} is pending deletion.");
        Kms.Call(new DisableKeyRequest { KeyId = keyId }, Virginia);
        Refuses(request, Virginia, "DisabledException", $"{Arn(Virginia, keyId)} is disabled.");
        Schedule(keyId, Virginia, 7);
        Refuses(request, Virginia, "KMSInvalidStateException", $"{Arn(Virginia, keyId)} is pending replica deletion.");
        Assert.Equal(MultiRegionKeyType.PRIMARY, Describe(keyId, Virginia).MultiRegionConfiguration!.MultiRegionKeyType);
    }

    [Fact]
    public void UpdatePrimaryRegion_WhatIsNoReplica_IsRefused()
    {
        string keyId = CreatePrimary().KeyId;
        Replicate(keyId, Ireland);
        Refuses(
            new UpdatePrimaryRegionRequest { KeyId = keyId, PrimaryRegion = Mumbai },
            Virginia,
            "NotFoundException",
            $"Key '{Arn(Mumbai, keyId)}' does not exist");
        Refuses(
            new UpdatePrimaryRegionRequest { KeyId = keyId, PrimaryRegion = Ireland },
            Ireland,
            "UnsupportedOperationException",
            $"{Arn(Ireland, keyId)} is not a multi-region primary key.");
        Assert.Equal(
            "UnsupportedOperationException",
            Kms.Refused(new UpdatePrimaryRegionRequest { KeyId = keyId, PrimaryRegion = Virginia }).ErrorCode);
        string single = Kms.CreateKey().KeyId;
        Assert.Equal(
            "UnsupportedOperationException",
            Kms.Refused(new UpdatePrimaryRegionRequest { KeyId = single, PrimaryRegion = Ireland }).ErrorCode);
    }

    [Fact]
    public void UpdatePrimaryRegion_Events_AreOneInEachRegion()
    {
        string keyId = CreateKeyInThreeRegions();
        Update(keyId, Ireland);

        IReadOnlyList<Auditing.AuditEvent> events = Kms.Events("UpdatePrimaryRegion");

        Assert.Equal([Ireland, Virginia], events.Select(static e => e.AwsRegion).Order());
        Assert.All(events, static e => Assert.Equal(Ireland, e.RequestParameters!["primaryRegion"]));
        Assert.All(events, e => Assert.Contains(Arn(e.AwsRegion, keyId), e.Resources));
        Assert.All(events, e => Assert.Equal(Arn(e.AwsRegion, keyId), e.ResponseElements!["keyId"]));
    }

    private void Update(string keyId, string primaryRegion) =>
        Kms.Call(new UpdatePrimaryRegionRequest { KeyId = keyId, PrimaryRegion = primaryRegion }, Virginia);
}
