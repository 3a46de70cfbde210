namespace KmsTools.Operations;

public sealed class ReplicateKeyTests : MultiRegionTests
{
    private const string DefaultPolicy = """
        {
          "Version" : "2012-10-17",
          "Id" : "key-default-1",
          "Statement" : [ {
            "Sid" : "Enable IAM User Permissions",
            "Effect" : "Allow",
            "Principal" : {
              "AWS" : "arn:aws:iam::111122223333:root"
            },
            "Action" : "kms:*",
            "Resource" : "*"
          } ]
        }
        """;

    [Fact]
    public void CreateKey_MultiRegion_MakesAPrimaryWithoutReplicas()
    {
        KeyMetadata key = CreatePrimary();

        Assert.Matches("^mrk-[0-9a-f]{32}$", key.KeyId);
        Assert.Equal(Arn(Virginia, key.KeyId), key.Arn);
        Assert.True(key.MultiRegion);
        Assert.Equal(MultiRegionKeyType.PRIMARY, key.MultiRegionConfiguration!.MultiRegionKeyType);
        Assert.Equal(new MultiRegionKey(Arn(Virginia, key.KeyId), Virginia), key.MultiRegionConfiguration.PrimaryKey);
        Assert.Empty(key.MultiRegionConfiguration.ReplicaKeys);
        Assert.Null(Kms.CreateKey().MultiRegionConfiguration);
    }

    [Fact]
    public void CreateKey_MultiRegionInACustomKeyStore_IsUnsupported() => Assert.Equal(
        "UnsupportedOperationException",
        Kms.Refused(new CreateKeyRequest { MultiRegion = true, Origin = "AWS_CLOUDHSM", CustomKeyStoreId = "cks-1234567890abcdef0" })
            .ErrorCode);

    [Fact]
    public void ReplicateKey_OfAPrimary_AnswersWithAReplicaThatIsBeingCreated()
    {
        KeyMetadata primary = Kms.Call(
            new CreateKeyRequest { MultiRegion = true, Description = "first", Tags = [new Tag { TagKey = "a", TagValue = "b" }] }).KeyMetadata;
        Kms.StepDays(1);

        ReplicateKeyResponse response = Replicate(primary.KeyId, Ireland);

        KeyMetadata replica = response.ReplicaKeyMetadata;
        Assert.Equal(primary.KeyId, replica.KeyId);
        Assert.Equal(Arn(Ireland, primary.KeyId), replica.Arn);
        Assert.Equal(Time("2030-01-02"), replica.CreationDate);
        Assert.Equal(KeyState.Creating, replica.KeyState);
        Assert.False(replica.Enabled);
        Assert.Equal("", replica.Description);
        Assert.Null(replica.CurrentKeyMaterialId);
        Assert.Equal(MultiRegionKeyType.REPLICA, replica.MultiRegionConfiguration!.MultiRegionKeyType);
        Assert.Equal(new MultiRegionKey(primary.Arn, Virginia), replica.MultiRegionConfiguration.PrimaryKey);
        Assert.Equal([new MultiRegionKey(replica.Arn, Ireland)], replica.MultiRegionConfiguration.ReplicaKeys);
        Assert.Equal(DefaultPolicy, response.ReplicaPolicy);
        Assert.Null(response.ReplicaTags);
    }

    [Theory]
    [InlineData(Virginia, "cn-north-1", "aws-cn", "aws")]
    [InlineData(Virginia, "us-gov-west-1", "aws-us-gov", "aws")]
    [InlineData("us-gov-west-1", Virginia, "aws", "aws-us-gov")]
    [InlineData("cn-north-1", "us-gov-west-1", "aws-us-gov", "aws-cn")]
    public void ReplicateKey_ToAnotherPartition_IsUnsupported(string region, string other, string partition, string own)
    {
        KeyMetadata key = Kms.Call(new CreateKeyRequest { MultiRegion = true }, region).KeyMetadata;

        KmsException refused = Kms.Refused(new ReplicateKeyRequest { KeyId = key.KeyId, ReplicaRegion = other }, region);

        Assert.Equal(
            ("UnsupportedOperationException", $"{key.Arn} cannot be replicated to {other}, which is in the partition {partition}: its own is {own}."),
            (refused.ErrorCode, refused.Message));
        Assert.Empty(Kms.Call(new ListKeysRequest(), other).Keys);
    }

    [Theory]
    [InlineData("cn-north-1", "cn-northwest-1")]
    [InlineData("us-gov-west-1", "us-gov-east-1")]
    public void ReplicateKey_WithinAnotherPartition_IsReplicated(string region, string other)
    {
        string keyId = Kms.Call(new CreateKeyRequest { MultiRegion = true }, region).KeyMetadata.KeyId;
        Kms.Call(new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = other }, region);

        Assert.Equal(KeyState.Enabled, Describe(keyId, other).KeyState);
    }

    [Fact]
    public void ReplicateKey_Afterwards_TheReplicaIsEnabledAndHasTheSameMaterial()
    {
        KeyMetadata primary = CreatePrimary();
        Replicate(primary.KeyId, Ireland);

        KeyMetadata replica = Describe(primary.KeyId, Ireland);

        Assert.Equal(KeyState.Enabled, replica.KeyState);
        Assert.True(replica.Enabled);
        Assert.Equal(primary.CurrentKeyMaterialId, replica.CurrentKeyMaterialId);
    }

    [Fact]
    public void ReplicateKey_WithPolicyTagsAndDescription_GivesThemToTheReplicaOnly()
    {
        string keyId = CreatePrimary().KeyId;

        ReplicateKeyResponse response = Kms.Call(new ReplicateKeyRequest
        {
            KeyId = keyId,
            ReplicaRegion = Ireland,
            Policy = DefaultPolicy + " ",
            Description = "second",
            Tags = [new Tag { TagKey = "k", TagValue = "v" }],
            BypassPolicyLockoutSafetyCheck = true,
        });

        Assert.Equal(DefaultPolicy + " ", response.ReplicaPolicy);
        Assert.Equal(("k", "v"), (response.ReplicaTags![0].TagKey, response.ReplicaTags[0].TagValue));
        Assert.Equal("second", Describe(keyId, Ireland).Description);
        Assert.Equal("", Describe(keyId, Virginia).Description);
    }

    [Fact]
    public void DescribeKey_InEveryRegion_NamesAllRelatedKeys()
    {
        string keyId = CreateKeyInThreeRegions();
        foreach (string region in (string[])[Virginia, Ireland, Mumbai])
        {
            MultiRegionConfiguration configuration = Describe(keyId, region).MultiRegionConfiguration!;
            Assert.Equal(region == Virginia ? MultiRegionKeyType.PRIMARY : MultiRegionKeyType.REPLICA, configuration.MultiRegionKeyType);
            Assert.Equal(Virginia, configuration.PrimaryKey.Region);
            Assert.Equal(
                [new MultiRegionKey(Arn(Mumbai, keyId), Mumbai), new MultiRegionKey(Arn(Ireland, keyId), Ireland)], configuration
                    .ReplicaKeys);
        }
    }

    [Theory]
    [InlineData(Virginia, Ireland)]
    [InlineData(Ireland, Virginia)]
    [InlineData(Mumbai, Ireland)]
    public void Decrypt_InAnotherRegion_FindsTheRelatedKey(string encryptIn, string decryptIn)
    {
        string keyId = CreateKeyInThreeRegions();

        DecryptResponse response = Decrypt(Encrypt(keyId, encryptIn), decryptIn);

        Assert.Equal([1, 2, 3], response.Plaintext!.ToArray());
        Assert.Equal(Arn(decryptIn, keyId), response.KeyId);
        Assert.Equal(Describe(keyId, Virginia).CurrentKeyMaterialId, response.KeyMaterialId);
        Assert.Equal([1, 2, 3], Decrypt(Encrypt(keyId, encryptIn), decryptIn, Arn(decryptIn, keyId)).Plaintext!.ToArray());
    }

    [Fact]
    public void Decrypt_AfterReopening_UsesTheMaterialOfTheReplica()
    {
        string keyId = CreateKeyInThreeRegions();
        byte[] ciphertext = Encrypt(keyId, Virginia);

        Kms.Reopen();

        Assert.Equal([1, 2, 3], Decrypt(ciphertext, Mumbai).Plaintext!.ToArray());
    }

    [Fact]
    public void DescribeKey_InARegionWithoutReplica_NamesTheArnOfThatRegion()
    {
        string keyId = CreatePrimary().KeyId;
        byte[] ciphertext = Encrypt(keyId, Virginia);

        Refuses(
            new DescribeKeyRequest { KeyId = keyId },
            Ireland,
            "NotFoundException",
            $"Key 'arn:aws:kms:eu-west-1:111122223333:key/{keyId}' does not exist");
        Refuses(
            new DecryptRequest { CiphertextBlob = ciphertext, KeyId = keyId },
            Ireland,
            "NotFoundException",
            $"Key 'arn:aws:kms:eu-west-1:111122223333:key/{keyId}' does not exist");
        Assert.Equal("AccessDeniedException", Kms.Refused(new DecryptRequest { CiphertextBlob = ciphertext }, Ireland).ErrorCode);
    }

    [Fact]
    public void ReplicateKey_OfAReplica_IsUnsupported()
    {
        string keyId = CreatePrimary().KeyId;
        Replicate(keyId, Ireland);
        Refuses(
            new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = Mumbai },
            Ireland,
            "UnsupportedOperationException",
            $"arn:aws:kms:eu-west-1:111122223333:key/{keyId} is not a multi-region primary key.");
    }

    [Fact]
    public void ReplicateKey_OfASingleRegionKey_IsUnsupported()
    {
        KeyMetadata key = Kms.CreateKey();
        Refuses(
            new ReplicateKeyRequest { KeyId = key.KeyId, ReplicaRegion = Ireland },
            Virginia,
            "UnsupportedOperationException",
            $"{key.Arn} is not a multi-region primary key.");
    }

    [Theory]
    [InlineData(Virginia)]
    [InlineData(Ireland)]
    public void ReplicateKey_IntoARegionThatHasOne_AlreadyExists(string region)
    {
        string keyId = CreatePrimary().KeyId;
        Replicate(keyId, Ireland);
        Assert.Equal("AlreadyExistsException", Kms.Refused(new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = region }).ErrorCode);
    }

    [Fact]
    public void ReplicateKey_WhileTheReplicaIsPendingDeletion_AlreadyExistsUntilItIsGone()
    {
        string keyId = CreatePrimary().KeyId;
        Replicate(keyId, Ireland);
        Schedule(keyId, Ireland, 7);
        Kms.Engine.StepClock(new DateTimeOffset(Time("2030-01-07T23:59:59.999")));
        Assert.Equal("AlreadyExistsException", Kms.Refused(new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = Ireland }).ErrorCode);

        Kms.Engine.StepClock(new DateTimeOffset(Time("2030-01-08")));
        byte[] ciphertext = Encrypt(keyId, Virginia);
        Replicate(keyId, Ireland);
        Assert.Equal([1, 2, 3], Decrypt(ciphertext, Ireland).Plaintext!.ToArray());
    }

    [Fact]
    public void ReplicateKey_OfAPrimaryThatMayNotBeUsed_IsRefusedByItsState()
    {
        string keyId = CreatePrimary().KeyId;
        ReplicateKeyRequest request = new() { KeyId = keyId, ReplicaRegion = Ireland };
        Kms.Call(new DisableKeyRequest { KeyId = keyId });
        Kms.Refuses(request, "DisabledException", $"{Arn(Virginia, keyId)} is disabled.");
        Schedule(keyId, Virginia, 7);
        Kms.Refuses(request, "KMSInvalidStateException", $"{Arn(Virginia, keyId)} is pending deletion.");
        string external = CreatePrimary("EXTERNAL").KeyId;
        Kms.Refuses(request with { KeyId = external }, "KMSInvalidStateException", $"{Arn(Virginia, external)} is pending import.");
    }

    [Theory]
    [InlineData("Ireland")]
    [InlineData("eu-west")]
    [InlineData("EU-WEST-1")]
    [InlineData("eu-west-1\n")]
    [InlineData("eu-west-1\0")]
    [InlineData("eu-west-1 ")]
    [InlineData("eu-west-\u0661")]
    public void ReplicateKey_RegionOfTheWrongShape_IsInvalid(string region)
    {
        string keyId = CreatePrimary().KeyId;
        Kms.Refuses(
            new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = region },
            "ValidationException",
            $@"1 validation error detected: Value '{region}' at 'replicaRegion' failed to satisfy constraint: Member must satisfy regular "
                + $@"expression pattern: ^([a-z]+-){{2,3}}\d+$");
    }

    [Fact]
    public void ReplicateKey_Events_AreOneInEachRegion()
    {
        string keyId = CreatePrimary().KeyId;
        Kms.Call(new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = Ireland, Description = "second" });

        Auditing.AuditEvent replicated = Kms.Events("ReplicateKey").Single();
        Auditing.AuditEvent created = Kms.Events("CreateKey").Single(static e => e.AwsRegion == Ireland);
        Assert.Equal(Virginia, replicated.AwsRegion);
        Assert.Equal(Ireland, replicated.RequestParameters!["replicaRegion"]);
        Assert.Equal(
            Arn(Ireland, keyId),
            ((IReadOnlyDictionary<string, object?>)replicated.ResponseElements!["replicaKeyMetadata"]!)["arn"]);
        Assert.Equal([Arn(Virginia, keyId)], replicated.Resources);
        Assert.Equal(true, created.RequestParameters!["multiRegion"]);
        Assert.Equal("second", created.RequestParameters["description"]);
        Assert.Equal([Arn(Ireland, keyId)], created.Resources);
        Assert.Equal(replicated.RequestId, created.RequestId);
        Assert.NotEqual(replicated.EventId, created.EventId);
    }

    [Fact]
    public void DisableKey_OfOneRegion_LeavesTheOthersAlone()
    {
        string keyId = CreateKeyInThreeRegions();
        Kms.Call(new DisableKeyRequest { KeyId = keyId }, Ireland);
        Kms.Call(new CreateAliasRequest { AliasName = "alias/x", TargetKeyId = keyId }, Mumbai);

        Assert.Equal(KeyState.Enabled, Describe(keyId, Virginia).KeyState);
        Assert.Equal(KeyState.Disabled, Describe(keyId, Ireland).KeyState);
        Assert.Equal(KeyState.Enabled, Describe(keyId, Mumbai).KeyState);
        Assert.Empty(Kms.Call(new ListAliasesRequest { KeyId = keyId }, Virginia).Aliases);
    }
}
