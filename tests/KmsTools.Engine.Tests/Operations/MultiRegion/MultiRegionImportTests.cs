namespace KmsTools.Operations;

public sealed class MultiRegionImportTests : MultiRegionTests
{
    [Fact]
    public void ReplicateKey_ImportedMaterial_WaitsForTheSameBytes()
    {
        string keyId = CreatePrimary("EXTERNAL").KeyId;
        string material = Import(keyId, Virginia, Bytes(1));
        byte[] ciphertext = Encrypt(keyId, Virginia);

        Assert.Equal(KeyState.Creating, Replicate(keyId, Ireland).ReplicaKeyMetadata.KeyState);

        Assert.Equal(KeyState.PendingImport, Describe(keyId, Ireland).KeyState);
        Assert.Equal("IncorrectKeyMaterialException", Kms.Refused(Importing(keyId, Ireland, Bytes(2)), Ireland).ErrorCode);
        Assert.Equal(
            "IncorrectKeyMaterialException",
            Kms.Refused(Importing(keyId, Ireland, Bytes(2), "NEW_KEY_MATERIAL"), Ireland).ErrorCode);
        Assert.Equal(material, Import(keyId, Ireland, Bytes(1)));
        Assert.Equal(KeyState.Enabled, Describe(keyId, Ireland).KeyState);
        Assert.Equal(material, Decrypt(ciphertext, Ireland).KeyMaterialId);
    }

    [Fact]
    public void ImportKeyMaterial_TokenOfAnotherRegion_IsInvalid()
    {
        string keyId = CreatePrimary("EXTERNAL").KeyId;
        Import(keyId, Virginia, Bytes(1));
        Replicate(keyId, Ireland);
        Assert.Equal("InvalidImportTokenException", Kms.Refused(Importing(keyId, Virginia, Bytes(1)), Ireland).ErrorCode);
    }

    [Fact]
    public void NewMaterial_PrimaryFirstThenReplicas_ThenRotation()
    {
        string keyId = CreateImportedKeyInThreeRegions(Bytes(1));
        byte[] before = Encrypt(keyId, Virginia);
        RotateKeyOnDemandRequest rotate = new() { KeyId = keyId };
        string noMaterial = $"No available key material pending rotation for the key: {Arn(Virginia, keyId)}.";
        Assert.Equal(
            "IncorrectKeyMaterialException",
            Kms.Refused(Importing(keyId, Ireland, Bytes(2), "NEW_KEY_MATERIAL"), Ireland).ErrorCode);

        string material = Import(keyId, Virginia, Bytes(2), "NEW_KEY_MATERIAL");
        Assert.Equal(KeyMaterialState.PENDING_MULTI_REGION_IMPORT_AND_ROTATION, StateOf(keyId, Virginia, material));
        Refuses(rotate, Virginia, "KMSInvalidStateException", noMaterial);

        Assert.Equal(
            "IncorrectKeyMaterialException",
            Kms.Refused(Importing(keyId, Ireland, Bytes(3), "EXISTING_KEY_MATERIAL"), Ireland).ErrorCode);
        Assert.Equal(material, Import(keyId, Ireland, Bytes(2), "EXISTING_KEY_MATERIAL"));
        Assert.Equal(KeyMaterialState.PENDING_ROTATION, StateOf(keyId, Ireland, material));
        Assert.Equal(KeyMaterialState.PENDING_MULTI_REGION_IMPORT_AND_ROTATION, StateOf(keyId, Virginia, material));
        Refuses(rotate, Virginia, "KMSInvalidStateException", noMaterial);

        Import(keyId, Mumbai, Bytes(2));
        Assert.Equal(KeyMaterialState.PENDING_ROTATION, StateOf(keyId, Virginia, material));
        Assert.NotEqual(material, Describe(keyId, Mumbai).CurrentKeyMaterialId);

        Kms.Call(rotate);
        foreach (string region in (string[])[Virginia, Ireland, Mumbai])
        {
            Assert.Equal(material, Describe(keyId, region).CurrentKeyMaterialId);
            Assert.Equal([1, 2, 3], Decrypt(before, region).Plaintext!.ToArray());
            Assert.Equal(material, Decrypt(Encrypt(keyId, region), Ireland).KeyMaterialId);
            Assert.Equal(KeyState.Enabled, Describe(keyId, region).KeyState);
        }
    }

    [Fact]
    public void NewMaterial_WhileAnotherIsPending_IsRefused()
    {
        string keyId = CreateImportedKeyInThreeRegions(Bytes(1));
        string pending = Import(keyId, Virginia, Bytes(2), "NEW_KEY_MATERIAL");
        KmsException error = Kms.Refused(Importing(keyId, Virginia, Bytes(3), "NEW_KEY_MATERIAL"));
        Assert.Equal("KMSInvalidStateException", error.ErrorCode);
        Assert.EndsWith($"because another key material (id: {pending}) is pending rotation.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReplicateKey_WhileMaterialIsPending_MakesThePrimaryWaitForTheNewReplica()
    {
        string keyId = CreatePrimary("EXTERNAL").KeyId;
        Import(keyId, Virginia, Bytes(1));
        string material = Import(keyId, Virginia, Bytes(2), "NEW_KEY_MATERIAL");
        Assert.Equal(KeyMaterialState.PENDING_ROTATION, StateOf(keyId, Virginia, material));

        Replicate(keyId, Ireland);
        Assert.Equal(KeyMaterialState.PENDING_MULTI_REGION_IMPORT_AND_ROTATION, StateOf(keyId, Virginia, material));
        Assert.Single(Rotations(keyId, Ireland, all: true));

        Schedule(keyId, Ireland, 7);
        Kms.StepDays(7);
        Assert.Equal(KeyMaterialState.PENDING_ROTATION, StateOf(keyId, Virginia, material));
    }

    [Fact]
    public void DeleteImportedKeyMaterial_PendingInThePrimary_GoesFromAll()
    {
        string keyId = CreateImportedKeyInThreeRegions(Bytes(1));
        string material = Import(keyId, Virginia, Bytes(2), "NEW_KEY_MATERIAL");
        Import(keyId, Ireland, Bytes(2));

        Kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = keyId, KeyMaterialId = material });

        foreach (string region in (string[])[Virginia, Ireland, Mumbai])
        {
            Assert.Single(Rotations(keyId, region, all: true));
            Assert.Equal(KeyState.Enabled, Describe(keyId, region).KeyState);
        }

        Assert.Equal("IncorrectKeyMaterialException", Kms.Refused(Importing(keyId, Ireland, Bytes(2)), Ireland).ErrorCode);
    }

    [Fact]
    public void DeleteImportedKeyMaterial_PendingInAReplica_GoesFromThatOnly()
    {
        string keyId = CreateImportedKeyInThreeRegions(Bytes(1));
        string material = Import(keyId, Virginia, Bytes(2), "NEW_KEY_MATERIAL");
        Import(keyId, Ireland, Bytes(2));
        Import(keyId, Mumbai, Bytes(2));

        Kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = keyId, KeyMaterialId = material }, Ireland);

        Assert.Single(Rotations(keyId, Ireland, all: true));
        Assert.Equal(KeyMaterialState.PENDING_ROTATION, StateOf(keyId, Mumbai, material));
        Assert.Equal(KeyMaterialState.PENDING_MULTI_REGION_IMPORT_AND_ROTATION, StateOf(keyId, Virginia, material));
        Import(keyId, Ireland, Bytes(2));
        Assert.Equal(KeyMaterialState.PENDING_ROTATION, StateOf(keyId, Virginia, material));
    }

    [Theory]
    [InlineData(Virginia)]
    [InlineData(Ireland)]
    public void DeleteImportedKeyMaterial_CurrentInOneRegion_LeavesTheOthersAlone(string region)
    {
        string keyId = CreateImportedKeyInThreeRegions(Bytes(1));

        Kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = keyId }, region);

        foreach (string each in (string[])[Virginia, Ireland, Mumbai])
        {
            Assert.Equal(each == region ? KeyState.PendingImport : KeyState.Enabled, Describe(keyId, each).KeyState);
        }
    }

    [Fact]
    public void Expiry_InAReplica_LeavesTheOthersAlone()
    {
        string keyId = CreateImportedKeyInThreeRegions(Bytes(1));
        Import(keyId, Mumbai, Bytes(1), validTo: new DateTimeOffset(Time("2030-01-03")));
        Assert.Equal(Time("2030-01-03"), Describe(keyId, Mumbai).ValidTo);
        Assert.Null(Describe(keyId, Ireland).ValidTo);

        Kms.Engine.StepClock(new DateTimeOffset(Time("2030-01-02T23:59:59.999")));
        Assert.Equal(KeyState.Enabled, Describe(keyId, Mumbai).KeyState);
        Kms.Engine.StepClock(new DateTimeOffset(Time("2030-01-03")));
        Assert.Equal(KeyState.PendingImport, Describe(keyId, Mumbai).KeyState);
        Assert.Equal(KeyState.Enabled, Describe(keyId, Virginia).KeyState);
        Assert.Equal(KeyState.Enabled, Describe(keyId, Ireland).KeyState);
    }

    [Fact]
    public void Expiry_PendingInThePrimary_GoesFromAll()
    {
        string keyId = CreateImportedKeyInThreeRegions(Bytes(1));
        Import(keyId, Virginia, Bytes(2), "NEW_KEY_MATERIAL", new DateTimeOffset(Time("2030-01-03")));
        Import(keyId, Ireland, Bytes(2));
        Kms.Engine.StepClock(new DateTimeOffset(Time("2030-01-02T23:59:59.999")));
        Assert.Equal(2, Rotations(keyId, Ireland, all: true).Count);

        Kms.Engine.StepClock(new DateTimeOffset(Time("2030-01-03")));
        Assert.Single(Rotations(keyId, Virginia, all: true));
        Assert.Single(Rotations(keyId, Ireland, all: true));
        Assert.Equal(KeyState.Enabled, Describe(keyId, Virginia).KeyState);
    }

    [Fact]
    public void Expiry_PendingInAReplica_KeepsThePrimaryFromRotating()
    {
        string keyId = CreateImportedKeyInThreeRegions(Bytes(1));
        string material = Import(keyId, Virginia, Bytes(2), "NEW_KEY_MATERIAL");
        Import(keyId, Ireland, Bytes(2));
        Import(keyId, Mumbai, Bytes(2), validTo: new DateTimeOffset(Time("2030-01-03")));
        Assert.Equal(KeyMaterialState.PENDING_ROTATION, StateOf(keyId, Virginia, material));

        Kms.Engine.StepClock(new DateTimeOffset(Time("2030-01-03")));
        Assert.Equal(KeyMaterialState.PENDING_MULTI_REGION_IMPORT_AND_ROTATION, StateOf(keyId, Virginia, material));
        Assert.Equal(KeyMaterialState.PENDING_ROTATION, StateOf(keyId, Ireland, material));
    }

    [Fact]
    public void UpdatePrimaryRegion_PendingMaterialOfTheFormerPrimary_GivesWayToThatOfTheNewOne()
    {
        string keyId = CreateImportedKeyInThreeRegions(Bytes(1));
        string left = Import(keyId, Virginia, Bytes(2), "NEW_KEY_MATERIAL");
        Kms.Call(new UpdatePrimaryRegionRequest { KeyId = keyId, PrimaryRegion = Ireland });
        Assert.Equal(KeyMaterialState.PENDING_ROTATION, StateOf(keyId, Virginia, left));

        string material = Import(keyId, Ireland, Bytes(3), "NEW_KEY_MATERIAL");
        Import(keyId, Mumbai, Bytes(3));
        Assert.Equal(KeyMaterialState.PENDING_MULTI_REGION_IMPORT_AND_ROTATION, StateOf(keyId, Ireland, material));
        Import(keyId, Virginia, Bytes(3));
        Kms.Call(new RotateKeyOnDemandRequest { KeyId = keyId }, Ireland);

        foreach (string region in (string[])[Virginia, Ireland, Mumbai])
        {
            Assert.Equal(material, Describe(keyId, region).CurrentKeyMaterialId);
            Assert.Equal(2, Rotations(keyId, region, all: true).Count);
        }
    }

    private KeyMaterialState? StateOf(string keyId, string region, string material) =>
        Rotations(keyId, region, all: true).Single(entry => entry.KeyMaterialId == material).KeyMaterialState;
}
