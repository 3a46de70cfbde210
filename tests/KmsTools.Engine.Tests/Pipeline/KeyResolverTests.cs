using KmsTools.Operations;

namespace KmsTools.Pipeline;

/// <summary>References to keys, and the errors of those that lead nowhere.</summary>
public sealed class KeyResolverTests : IDisposable
{
    private const string Unknown = "12345678-1234-4234-8234-123456789012";
    private const string Prefix = "arn:aws:kms:us-east-1:111122223333:";

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Resolve_EveryForm_FindsTheKey()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Alias("alias/test", key.KeyId);

        Assert.All(
            [key.KeyId, key.Arn, "alias/test", Prefix + "alias/test"],
            reference => Assert.Equal(key.KeyId, _kms.Describe(reference).KeyId));
    }

    [Theory]
    [InlineData("fake-key-id")]
    [InlineData("mrk-fake-key-id")]
    [InlineData("12345678123442348234123456789012")]
    [InlineData("12345678-1234-4234-8234-12345678901")]
    [InlineData("12345678-1234-4234-8234-12345678901g")]
    [InlineData("ABCDEFAB-1234-4234-8234-123456789012")]
    [InlineData(" 12345678-1234-4234-8234-123456789012")]
    [InlineData("12345678-1234-4234-8234-123456789012 ")]
    [InlineData("12345678-1234-4234-8234-123456789012\n")]
    [InlineData("+2345678-1234-4234-8234-123456789012")]
    [InlineData("0x345678-1234-4234-8234-123456789012")]
    [InlineData("mrk-1234567890abcdef1234567890abcde")]
    [InlineData("mrk-1234567890ABCDEF1234567890ABCDEF")]
    [InlineData("Alias/test")]
    public void Resolve_NoIdentifier_IsInvalidKeyId(string reference) =>
        _kms.Refuses(new DescribeKeyRequest { KeyId = reference }, "NotFoundException", $"Invalid keyId '{reference}'");

    [Theory]
    [InlineData(Unknown, Prefix + "key/" + Unknown)]
    [InlineData(Prefix + "key/" + Unknown, Prefix + "key/" + Unknown)]
    [InlineData("mrk-1234567890abcdef1234567890abcdef", Prefix + "key/mrk-1234567890abcdef1234567890abcdef")]
    public void Resolve_UnknownKey_NamesTheWholeArn(string reference, string arn) =>
        _kms.Refuses(new DescribeKeyRequest { KeyId = reference }, "NotFoundException", $"Key '{arn}' does not exist");

    [Theory]
    [InlineData("alias/unknown")]
    [InlineData(Prefix + "alias/unknown")]
    public void Resolve_UnknownAlias_NamesTheWholeArn(string reference) =>
        _kms.Refuses(
            new EncryptRequest { KeyId = reference, Plaintext = [1] },
            "NotFoundException",
            $"Alias {Prefix}alias/unknown is not found.");

    [Fact]
    public void Resolve_AliasOfOtherCase_IsAnotherAlias()
    {
        _kms.Alias("alias/Case", _kms.CreateKey().KeyId);

        Assert.Equal("NotFoundException", _kms.Error(new DescribeKeyRequest { KeyId = "alias/case" }).Code);
    }

    [Fact]
    public void Resolve_ArnOfAnotherRegion_NamesTheRegion()
    {
        KeyMetadata key = _kms.Call(new CreateKeyRequest(), "eu-west-1").KeyMetadata;

        _kms.Refuses(new DescribeKeyRequest { KeyId = key.Arn }, "NotFoundException", "Invalid arn eu-west-1");
        _kms.Refuses(
            new DescribeKeyRequest { KeyId = key.KeyId },
            "NotFoundException",
            $"Key '{Prefix}key/{key.KeyId}' does not exist");
        Assert.Equal(key.Arn, _kms.Call(new DescribeKeyRequest { KeyId = key.Arn }, "eu-west-1").KeyMetadata.Arn);
    }

    [Theory]
    [InlineData("arn:aws:kms:us-east-1:444455556666:key/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1:444455556666:alias/unknown")]
    public void Resolve_ArnOfAnotherAccount_IsDeniedAndNeverNotFound(string reference)
    {
        (string code, string message) = _kms.Error(new DescribeKeyRequest { KeyId = reference });

        Assert.Equal("AccessDeniedException", code);
        Assert.Contains(
            $" is not authorized to perform: kms:DescribeKey on resource: {reference} because ",
            message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("arn:aws-cn:kms:us-east-1:111122223333:key/" + Unknown)]
    [InlineData("arn:aws:s3:us-east-1:111122223333:key/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1:11112222333:key/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1:11112222333x:key/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1:111122223333\n:key/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1\n:111122223333:key/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1\0:111122223333:key/" + Unknown)]
    [InlineData("arn:aws:kms: us-east-1:111122223333:key/" + Unknown)]
    [InlineData("arn:aws:kms:eu_west_1:111122223333:key/" + Unknown)]
    [InlineData("arn:aws:kms::111122223333:key/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1:111122223333:grant/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1:111122223333")]
    [InlineData("arn:")]
    public void Resolve_ArnOfNoKey_IsInvalidArn(string reference) =>
        Assert.Equal("InvalidArnException", _kms.Error(new DescribeKeyRequest { KeyId = reference }).Code);

    [Fact]
    public void Resolve_AliasWhereOnlyIdsAreTaken_IsInvalidKeyId()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Alias("alias/test", key.KeyId);

        _kms.Refuses(new DisableKeyRequest { KeyId = "alias/test" }, "NotFoundException", "Invalid keyId 'alias/test'");
        _kms.Refuses(new DisableKeyRequest { KeyId = Prefix + "alias/test" }, "NotFoundException", $"Invalid keyId '{Prefix}alias/test'");
        Assert.True(_kms.Describe(key.KeyId).Enabled);
    }

    [Theory]
    [InlineData(2048, "NotFoundException")]
    [InlineData(2049, "ValidationException")]
    [InlineData(0, "ValidationException")]
    public void Resolve_LengthOfReference_IsBoundedByTheModel(int length, string code) =>
        Assert.Equal(code, _kms.Error(new DescribeKeyRequest { KeyId = new string('a', length) }).Code);

    [Fact]
    public void Resolve_BadShapeAndUnknownKey_ReportsTheShape() =>
        Assert.Equal("ValidationException", _kms.Error(new EncryptRequest { KeyId = Unknown, Plaintext = [] }).Code);
}
