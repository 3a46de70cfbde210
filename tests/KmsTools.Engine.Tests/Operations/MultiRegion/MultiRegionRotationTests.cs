namespace KmsTools.Operations;

public sealed class MultiRegionRotationTests : MultiRegionTests
{
    [Fact]
    public void EnableKeyRotation_OfThePrimary_HoldsInAllRegions()
    {
        string keyId = CreateKeyInThreeRegions();
        Kms.Call(new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = 90 });
        Replicate(keyId, "sa-east-1");
        foreach (string region in (string[])[Virginia, Ireland, Mumbai, "sa-east-1"])
        {
            GetKeyRotationStatusResponse status = RotationStatus(keyId, region);
            Assert.Equal((true, 90, Time("2030-04-01")), (status.KeyRotationEnabled, status.RotationPeriodInDays, status.NextRotationDate));
            Assert.Equal(Arn(region, keyId), status.KeyId);
        }

        Kms.Call(new DisableKeyRotationRequest { KeyId = keyId });
        Assert.False(RotationStatus(keyId, Mumbai).KeyRotationEnabled);
        Assert.Equal(
            ["ap-south-1", "eu-west-1", "ap-south-1", "eu-west-1", "sa-east-1"],
            Kms.Events("SynchronizeMultiRegionKey").Select(static e => e.AwsRegion));
    }

    [Fact]
    public void Rotation_OfAReplica_IsUnsupported()
    {
        string keyId = CreateKeyInThreeRegions();
        string message = $"{Arn(Ireland, keyId)} is not a multi-region primary key.";
        Refuses(new EnableKeyRotationRequest { KeyId = keyId }, Ireland, "UnsupportedOperationException", message);
        Refuses(new DisableKeyRotationRequest { KeyId = keyId }, Ireland, "UnsupportedOperationException", message);
        Refuses(new RotateKeyOnDemandRequest { KeyId = keyId }, Ireland, "UnsupportedOperationException", message);
    }

    [Fact]
    public void AutomaticRotation_FallsDueInAllRegionsAtOnce()
    {
        string keyId = CreateKeyInThreeRegions();
        Kms.Call(new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = 90 });
        Kms.Call(new DisableKeyRequest { KeyId = keyId }, Mumbai);
        byte[] before = Encrypt(keyId, Ireland);

        Kms.Engine.StepClock(new DateTimeOffset(Time("2030-03-31T23:59:59.999")));
        Assert.Empty(Rotations(keyId, Ireland));

        Kms.Engine.StepClock(new DateTimeOffset(Time("2030-04-01")));
        Kms.Call(new EnableKeyRequest { KeyId = keyId }, Mumbai);
        string material = Describe(keyId, Virginia).CurrentKeyMaterialId!;
        foreach (string region in (string[])[Virginia, Ireland, Mumbai])
        {
            RotationsListEntry rotation = Assert.Single(Rotations(keyId, region));
            Assert.Equal(
                (material, Time("2030-04-01"), RotationType.AUTOMATIC),
                (rotation.KeyMaterialId, rotation.RotationDate, rotation.RotationType));
            Assert.Equal(Time("2030-06-30"), RotationStatus(keyId, region).NextRotationDate);
            Assert.Equal([1, 2, 3], Decrypt(before, region).Plaintext!.ToArray());
            foreach (string other in (string[])[Virginia, Ireland, Mumbai])
            {
                Assert.Equal(material, Decrypt(Encrypt(keyId, region), other).KeyMaterialId);
            }
        }

        Assert.Equal([Mumbai, Ireland, Virginia], Kms.Events("RotateKey").Select(static e => e.AwsRegion).Order());
    }

    [Fact]
    public void AutomaticRotation_PrimaryDisabled_WaitsInAllRegions()
    {
        string keyId = CreateKeyInThreeRegions();
        Kms.Call(new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = 90 });
        Kms.Call(new DisableKeyRequest { KeyId = keyId });
        Kms.StepDays(100);
        Assert.Empty(Rotations(keyId, Ireland));

        Kms.Call(new EnableKeyRequest { KeyId = keyId });

        Assert.Equal(Time("2030-04-11"), Assert.Single(Rotations(keyId, Ireland)).RotationDate);
        Assert.Equal(Time("2030-07-10"), RotationStatus(keyId, Ireland).NextRotationDate);
    }

    [Fact]
    public void RotateKeyOnDemand_OfThePrimary_RotatesAllRegions()
    {
        string keyId = CreateKeyInThreeRegions();
        byte[] before = Encrypt(keyId, Virginia);

        Kms.Call(new RotateKeyOnDemandRequest { KeyId = keyId });

        string material = Describe(keyId, Virginia).CurrentKeyMaterialId!;
        foreach (string region in (string[])[Ireland, Mumbai])
        {
            Assert.Equal(material, Describe(keyId, region).CurrentKeyMaterialId);
            Assert.Equal(RotationType.ON_DEMAND, Assert.Single(Rotations(keyId, region)).RotationType);
            Assert.Equal([1, 2, 3], Decrypt(before, region).Plaintext!.ToArray());
            Assert.Equal(material, Decrypt(Encrypt(keyId, region), Virginia).KeyMaterialId);
        }
    }

    [Fact]
    public void ReplicateKey_OfARotatedKey_CopiesAllMaterials()
    {
        string keyId = CreatePrimary().KeyId;
        byte[] first = Encrypt(keyId, Virginia);
        Kms.Call(new RotateKeyOnDemandRequest { KeyId = keyId });
        byte[] second = Encrypt(keyId, Virginia);

        Replicate(keyId, Ireland);

        Assert.Equal([1, 2, 3], Decrypt(first, Ireland).Plaintext!.ToArray());
        Assert.Equal([1, 2, 3], Decrypt(second, Ireland).Plaintext!.ToArray());
        Assert.Equal(
            Rotations(keyId, Virginia, all: true).Select(static entry => entry.KeyMaterialId),
            Rotations(keyId, Ireland, all: true).Select(static entry => entry.KeyMaterialId));
    }
}
