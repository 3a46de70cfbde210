namespace KmsTools.Operations;

public sealed class CreateKeyTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void CreateKey_WithoutParameters_MakesAnEnabledSymmetricKey()
    {
        KeyMetadata key = _kms.Call(new CreateKeyRequest()).KeyMetadata;

        Assert.Equal("111122223333", key.AWSAccountId);
        Assert.Equal($"arn:aws:kms:us-east-1:111122223333:key/{key.KeyId}", key.Arn);
        Assert.Equal(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc), key.CreationDate);
        Assert.True(key.Enabled);
        Assert.Equal(KeyState.Enabled, key.KeyState);
        Assert.Equal("", key.Description);
        Assert.Equal(KeyUsageType.ENCRYPT_DECRYPT, key.KeyUsage);
        Assert.Equal(OriginType.AWS_KMS, key.Origin);
        Assert.Equal(KeyManagerType.CUSTOMER, key.KeyManager);
        Assert.Equal(KeySpec.SYMMETRIC_DEFAULT, key.KeySpec);
        Assert.Equal([EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT], key.EncryptionAlgorithms);
        Assert.False(key.MultiRegion);
        Assert.Matches("^[0-9a-f]{64}$", key.CurrentKeyMaterialId);
        Assert.Null(key.DeletionDate);
        Assert.Equivalent(key, _kms.Describe(key.KeyId));
    }

    [Fact]
    public void CreateKey_External_IsPendingImport()
    {
        KeyMetadata key = _kms.CreateKey("EXTERNAL");

        Assert.Equal(KeyState.PendingImport, key.KeyState);
        Assert.False(key.Enabled);
        Assert.Null(key.CurrentKeyMaterialId);
        Assert.Null(key.ExpirationModel);
    }

    [Fact]
    public void CreateKey_UnknownKeySpec_ListsTheKnownOnes()
    {
        // Measured on AWS (the pull request 3968 of floci).
        _kms.Refuses(
            new CreateKeyRequest { KeySpec = "AES_512" },
            "ValidationException",
            "1 validation error detected: Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: ["
            + "RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, "
            + "ECC_NIST_EDWARDS25519, SYMMETRIC_DEFAULT, HMAC_224, HMAC_256, HMAC_384, HMAC_512, SM2, ML_DSA_44, ML_DSA_65, ML_DSA_87]");
    }

    [Theory]
    [InlineData("RSA_2048", null, "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")]
    [InlineData("HMAC_256", null, "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")]
    [InlineData(null, "SIGN_VERIFY", "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT")]
    [InlineData(
        "SYMMETRIC_DEFAULT",
        "GENERATE_VERIFY_MAC",
        "KeyUsage GENERATE_VERIFY_MAC is not compatible with KeySpec SYMMETRIC_DEFAULT")]
    public void CreateKey_UsageThatDoesNotFit_IsRefused(string? keySpec, string? keyUsage, string message) =>
        _kms.Refuses(new CreateKeyRequest { KeySpec = keySpec, KeyUsage = keyUsage }, "ValidationException", message);

    [Fact]
    public void CreateKey_OldAndNewNameOfTheSpec_IsRefused()
    {
        _kms.Refuses(
            new CreateKeyRequest { KeySpec = "SYMMETRIC_DEFAULT", CustomerMasterKeySpec = "SYMMETRIC_DEFAULT" },
            "ValidationException",
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.");
        Assert.Equal(
            KeySpec.SYMMETRIC_DEFAULT, _kms.Call(new CreateKeyRequest { CustomerMasterKeySpec = "SYMMETRIC_DEFAULT" }).KeyMetadata
                .CustomerMasterKeySpec);
    }

    [Fact]
    public void CreateKey_Description_HasAtMost8192Characters()
    {
        string longest = new('d', 8192);

        Assert.Equal(longest, _kms.Call(new CreateKeyRequest { Description = longest }).KeyMetadata.Description);
        _kms.Refuses(
            new CreateKeyRequest { Description = longest + "d" },
            "ValidationException",
            $"1 validation error detected: Value '{longest[..1024]}...' at 'description' failed to satisfy constraint: Member must have length less "
                + "than or equal to 8192");
    }

    [Fact]
    public void CreateKey_Policy_HasAtMost32768Characters()
    {
        string policy = _kms.Call(new GetKeyPolicyRequest { KeyId = _kms.CreateKey().KeyId }).Policy;
        _kms.Call(new CreateKeyRequest { Policy = policy.PadRight(32_768) });

        Assert.Equal("LimitExceededException", _kms.Error(new CreateKeyRequest { Policy = policy.PadRight(32_769) }).Code);
        Assert.Equal("ValidationException", _kms.Error(new CreateKeyRequest { Policy = new string(' ', 131_073) }).Code);
        Assert.Equal("ValidationException", _kms.Error(new CreateKeyRequest { Policy = "" }).Code);
        Assert.Equal("ValidationException", _kms.Error(new CreateKeyRequest { Policy = "\u0100" }).Code);
    }

    [Fact]
    public void CreateKey_Tags_KeepTheirRules()
    {
        static Tag[] Tags(int count) => [.. Enumerable.Range(0, count).Select(static i => new Tag { TagKey = $"k{i}", TagValue = "" })];
        _kms.Call(new CreateKeyRequest { Tags = Tags(50) });
        _kms.Call(new CreateKeyRequest { Tags = [new Tag { TagKey = new string('k', 128), TagValue = new string('v', 256) }] });

        _kms.Refuses(new CreateKeyRequest { Tags = Tags(51) }, "TagException", "Too many tags");
        _kms.Refuses(
            new CreateKeyRequest { Tags = [new Tag { TagKey = "a", TagValue = "1" }, new Tag { TagKey = "a", TagValue = "2" }] },
            "TagException",
            "Duplicate tag keys");
        _kms.Refuses(
            new CreateKeyRequest
            {
                Tags = [new Tag { TagKey = "AwS:x", TagValue = "" }],
            }, "TagException", "Tags beginning with aws: are reserved");
        _kms.Refuses(
            new CreateKeyRequest
            {
                Tags = [new Tag { TagKey = "a", TagValue = "" }, new Tag { TagKey = new string('k', 129), TagValue = "" }],
            },
            "ValidationException",
            $"1 validation error detected: Value '{new string('k', 129)}' at 'tags.2.member.tagKey' failed to satisfy constraint: Member "
                + "must have length less than or equal to 128");
        _kms.Refuses(
            new CreateKeyRequest { Tags = [new Tag { TagKey = "a", TagValue = new string('v', 257) }] },
            "ValidationException",
            $"1 validation error detected: Value '{new string('v', 257)}' at 'tags.1.member.tagValue' failed to satisfy constraint: "
                + "Member must have length less than or equal to 256");
        _kms.Call(new CreateKeyRequest { Tags = [new Tag { TagKey = "A", TagValue = "1" }, new Tag { TagKey = "a", TagValue = "2" }] });
    }

    [Fact]
    public void CreateKey_CustomKeyStore_NeedsItsOriginAndAStoreThatExists()
    {
        Assert.Equal("ValidationException", _kms.Error(new CreateKeyRequest { Origin = "AWS_CLOUDHSM" }).Code);
        Assert.Equal("ValidationException", _kms.Error(new CreateKeyRequest { CustomKeyStoreId = "cks-1234567890abcdef0" }).Code);
        Assert.Equal("ValidationException", _kms.Error(new CreateKeyRequest { XksKeyId = "key" }).Code);
        Assert.Equal(
            "CustomKeyStoreNotFoundException",
            _kms.Error(new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = "cks-1234567890abcdef0" }).Code);
    }

    [Fact]
    public void CreateKey_Refused_LeavesNoKey()
    {
        _kms.Refused(new CreateKeyRequest { KeyUsage = "SIGN_VERIFY" });

        Assert.Empty(_kms.Call(new ListKeysRequest()).Keys);
    }

    [Fact]
    public void CreateKey_TwoKeys_HaveOtherIdsAndMaterials()
    {
        KeyMetadata one = _kms.CreateKey();
        KeyMetadata other = _kms.CreateKey();

        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", one.KeyId);
        Assert.NotEqual(one.KeyId, other.KeyId);
        Assert.NotEqual(one.CurrentKeyMaterialId, other.CurrentKeyMaterialId);
    }
}
