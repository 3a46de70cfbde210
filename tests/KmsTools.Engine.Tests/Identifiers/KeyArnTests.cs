namespace KmsTools.Identifiers;

/// <summary>ARNs of keys, on both sides of what is valid.</summary>
public sealed class KeyArnTests
{
    private const string KeyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
    private const string MultiRegionKeyId = "mrk-1234abcd12ab34cd56ef1234567890ab";
    private const string Before = "arn:aws:kms:us-east-1:111122223333:key/";

    [Theory]
    [InlineData(Before + KeyId, "aws", KeyId, false)]
    [InlineData(Before + MultiRegionKeyId, "aws", MultiRegionKeyId, true)]
    [InlineData("arn:aws-cn:kms:us-east-1:111122223333:key/" + KeyId, "aws-cn", KeyId, false)]
    public void Parse_Valid_HasItsParts(string text, string partition, string keyId, bool isMultiRegion)
    {
        KeyArn arn = KeyArn.Parse(text);

        Assert.Equal(
            (partition, "us-east-1", "111122223333", keyId, isMultiRegion),
            (arn.Partition, arn.Region.ToString(), arn.AccountId.ToString(), arn.KeyId, arn.IsMultiRegion));
        Assert.Equal(text, arn.ToString());
        Assert.Equal(arn, KeyArn.Parse(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData(KeyId)]
    [InlineData("arn:aws:kms:us-east-1:111122223333:alias/payroll")]
    [InlineData("arn:aws:kms:us-east-1:111122223333:" + KeyId)]
    [InlineData("arn::kms:us-east-1:111122223333:key/" + KeyId)]
    [InlineData("arn:AWS:kms:us-east-1:111122223333:key/" + KeyId)]
    [InlineData("arn:aws\n:kms:us-east-1:111122223333:key/" + KeyId)]
    [InlineData("arn:aws:s3:us-east-1:111122223333:key/" + KeyId)]
    [InlineData("arn:aws:kms::111122223333:key/" + KeyId)]
    [InlineData("arn:aws:kms:us-east-1\n:111122223333:key/" + KeyId)]
    [InlineData("arn:aws:kms:us east:111122223333:key/" + KeyId)]
    [InlineData("arn:aws:kms:us-east-1::key/" + KeyId)]
    [InlineData("arn:aws:kms:us-east-1:111122223333\n:key/" + KeyId)]
    [InlineData("arn:aws:kms:us-east-1:11112222333:key/" + KeyId)]
    [InlineData(Before + KeyId + "\n")]
    [InlineData(Before + KeyId + ":x")]
    [InlineData(Before + "1234ABCD-12ab-34cd-56ef-1234567890ab")]
    [InlineData(Before + "1234abcd-12ab-34cd-56ef-1234567890a")]
    [InlineData(Before + "mrk-1234abcd12ab34cd56ef1234567890abc")]
    [InlineData(" " + Before + KeyId)]
    [InlineData("ARN:aws:kms:us-east-1:111122223333:key/" + KeyId)]
    public void Parse_Malformed_IsRefused(string text)
    {
        Assert.False(KeyArn.TryParse(text, out KeyArn? arn));
        Assert.Null(arn);
        Assert.Throws<ArgumentException>(() => KeyArn.Parse(text));
    }

    [Fact]
    public void Parse_Malformed_ShowsTheTextAndTheShape() => Assert.Equal(
        "'arn:aws\\u000A' is not a valid key ARN: use arn:aws:kms:<region>:<account>:key/<key ID>.",
        Assert.Throws<ArgumentException>(static () => KeyArn.Parse("arn:aws\n")).Message);

    [Theory]
    [InlineData(KeyId, true)]
    [InlineData(MultiRegionKeyId, true)]
    [InlineData(KeyId + "\n", false)]
    [InlineData("1234abcd-12ab-34cd-56ef-1234567890a\n", false)]
    [InlineData("mrk-1234abcd12ab34cd56ef1234567890a\n", false)]
    [InlineData("mrk-1234abcd12ab34cd56ef1234567890a", false)]
    [InlineData("1234abcd012ab034cd056ef01234567890ab", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void IsKeyId_BothSides(string? text, bool expected) => Assert.Equal(expected, KeyArn.IsKeyId(text));

    [Fact]
    public void Opens_OtherRegion_OnlyMultiRegionKeys()
    {
        RegionName ireland = RegionName.Parse("eu-west-1");
        KeyArn single = KeyArn.Parse(Before + KeyId);
        KeyArn multi = KeyArn.Parse(Before + MultiRegionKeyId);

        Assert.True(single.Opens(KeyArn.Parse(Before + KeyId)));
        Assert.False(single.Opens(single.In(ireland)));
        Assert.True(multi.Opens(multi.In(ireland)));
        Assert.False(multi.Opens(KeyArn.Parse("arn:aws:kms:eu-west-1:444455556666:key/" + MultiRegionKeyId)));
        Assert.Equal("arn:aws:kms:eu-west-1:111122223333:key/" + MultiRegionKeyId, multi.In(ireland).ToString());
    }
}
