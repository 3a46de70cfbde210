namespace KmsTools.Operations;

public sealed class CreateAliasTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData("alias/a")]
    [InlineData("alias/A-b_c/d/e9")]
    [InlineData("alias/awsome")]
    public void CreateAlias_AllowedName_NamesTheKey(string name)
    {
        KeyMetadata key = _kms.CreateKey();

        Assert.Same(EmptyResponse.Instance, _kms.Call(new CreateAliasRequest { AliasName = name, TargetKeyId = key.Arn }));

        Assert.Equal(key.KeyId, _kms.Describe(name).KeyId);
    }

    [Fact]
    public void CreateAlias_NameOf256Characters_IsTheLongest()
    {
        string keyId = _kms.CreateKey().KeyId;
        string longest = "alias/" + new string('n', 250);

        _kms.Alias(longest, keyId);

        Assert.Equal(keyId, _kms.Describe(longest).KeyId);
        Assert.EndsWith(
            "at 'aliasName' failed to satisfy constraint: Member must have length less than or equal to 256",
            _kms.Error(new CreateAliasRequest { AliasName = longest + "n", TargetKeyId = keyId }).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name")]
    [InlineData("Alias/name")]
    [InlineData("alias/")]
    public void CreateAlias_WithoutPrefix_IsRefused(string name) => _kms.Refuses(
        new CreateAliasRequest { AliasName = name, TargetKeyId = _kms.CreateKey().KeyId },
        "ValidationException",
        "Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html");

    [Theory]
    [InlineData("alias/with space")]
    [InlineData("alias/dot.dot")]
    [InlineData("alias/umlaut\u00e4")]
    [InlineData("alias/line\n")]
    public void CreateAlias_OtherCharacters_AreRefused(string name) => _kms.Refuses(
        new CreateAliasRequest { AliasName = name, TargetKeyId = _kms.CreateKey().KeyId },
        "ValidationException",
        $"1 validation error detected: Value '{name}' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression "
            + "pattern: ^[a-zA-Z0-9:/_-]+$");

    // Seen on AWS in the issue 12891 of terraform-provider-aws, although the pattern of the member allows colons.
    [Theory]
    [InlineData("alias/my:alias")]
    [InlineData("alias/:")]
    public void CreateAlias_Colon_IsRefused(string name) => _kms.Refuses(
        new CreateAliasRequest { AliasName = name, TargetKeyId = _kms.CreateKey().KeyId },
        "ValidationException",
        $"{name} contains invalid characters for an alias");

    [Fact]
    public void CreateAlias_ReservedForServices_IsRefused() => Assert.Equal(
        "NotAuthorizedException", _kms.Error(new CreateAliasRequest { AliasName = "alias/aws/mine", TargetKeyId = _kms.CreateKey().KeyId })
            .Code);

    [Fact]
    public void CreateAlias_NameInUse_IsRefusedAndKeepsItsKey()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Alias("alias/taken", key.KeyId);

        _kms.Refuses(
            new CreateAliasRequest { AliasName = "alias/taken", TargetKeyId = _kms.CreateKey().KeyId },
            "AlreadyExistsException",
            "An alias with the name arn:aws:kms:us-east-1:111122223333:alias/taken already exists");
        Assert.Equal(key.KeyId, _kms.Describe("alias/taken").KeyId);
    }

    [Fact]
    public void CreateAlias_SameNameInAnotherRegion_IsAnotherAlias()
    {
        KeyMetadata here = _kms.CreateKey();
        KeyMetadata there = _kms.Call(new CreateKeyRequest(), "eu-west-1").KeyMetadata;
        _kms.Alias("alias/same", here.KeyId);

        _kms.Call(new CreateAliasRequest { AliasName = "alias/same", TargetKeyId = there.KeyId }, "eu-west-1");

        Assert.Equal(here.KeyId, _kms.Describe("alias/same").KeyId);
        Assert.Equal(there.KeyId, _kms.Call(new DescribeKeyRequest { KeyId = "alias/same" }, "eu-west-1").KeyMetadata.KeyId);
    }

    [Fact]
    public void CreateAlias_FiftyAliases_AreTheMostOfAKey()
    {
        string keyId = _kms.CreateKey().KeyId;
        for (int i = 0; i < 50; i++)
        {
            _kms.Alias($"alias/n{i}", keyId);
        }

        Assert.Equal("LimitExceededException", _kms.Error(new CreateAliasRequest { AliasName = "alias/n50", TargetKeyId = keyId }).Code);
        _kms.Alias("alias/n50", _kms.CreateKey().KeyId);
        Assert.Equal("LimitExceededException", _kms.Error(new UpdateAliasRequest { AliasName = "alias/n50", TargetKeyId = keyId }).Code);
        _kms.Call(new UpdateAliasRequest { AliasName = "alias/n49", TargetKeyId = keyId });
    }
}
