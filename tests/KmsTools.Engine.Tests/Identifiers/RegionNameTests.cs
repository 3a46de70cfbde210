namespace KmsTools.Identifiers;

/// <summary>Names of Regions, on both sides of what is valid.</summary>
public sealed class RegionNameTests
{
    [Theory]
    [InlineData("us-east-1")]
    [InlineData("us-esat-1")]
    [InlineData("a")]
    [InlineData("9")]
    [InlineData("-")]
    [InlineData("abcdefghijklmnopqrstuvwxyz-01234")]
    public void Parse_Valid_IsTheText(string text)
    {
        Assert.True(RegionName.TryParse(text, out RegionName name));
        Assert.Equal(text, name.ToString());
        Assert.Equal(text, (string)RegionName.Parse(text));
        Assert.Equal(RegionName.Parse(text), name);
    }

    [Theory]
    [InlineData("", "''")]
    [InlineData("abcdefghijklmnopqrstuvwxyz-012345", "'abcdefghijklmnopqrstuvwxyz-012345'")]
    [InlineData("US-east-1", "'US-east-1'")]
    [InlineData("us_east_1", "'us_east_1'")]
    [InlineData("us:east", "'us:east'")]
    [InlineData("us/east", "'us/east'")]
    [InlineData(" us-east-1", "' us-east-1'")]
    [InlineData("us-east-1 ", "'us-east-1 '")]
    [InlineData("us-east-1\n", "'us-east-1\\u000A'")]
    [InlineData("us-east-1\r\n", "'us-east-1\\u000D\\u000A'")]
    [InlineData("\nus-east-1", "'\\u000Aus-east-1'")]
    [InlineData("us-east-1\0", "'us-east-1\\u0000'")]
    [InlineData("us-east-1\u2028", "'us-east-1\\u2028'")]
    [InlineData("us-east-1\u200B", "'us-east-1\\u200B'")]
    [InlineData("us-east-1\u00A0", "'us-east-1\\u00A0'")]
    [InlineData("us-east-\u0661", "'us-east-\u0661'")]
    [InlineData("us-\u00E9ast-1", "'us-\u00E9ast-1'")]
    public void Parse_Malformed_ShowsTheTextAndTheShape(string text, string shown)
    {
        Assert.False(RegionName.TryParse(text, out RegionName name));
        Assert.Equal(default, name);
        Assert.Equal(
            $"{shown} is not a valid Region name: use 1 to 32 lower-case letters, digits and hyphens, as in us-east-1.",
            Assert.Throws<ArgumentException>(() => RegionName.Parse(text)).Message);
    }

    [Fact]
    public void Parse_LongText_IsShownInPart() => Assert.StartsWith(
        "'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA...' is not",
        Assert.Throws<ArgumentException>(() => RegionName.Parse(new string('A', 65))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Parse_Null_IsRefused()
    {
        Assert.False(RegionName.TryParse(null, out _));
        Assert.Throws<ArgumentException>(() => RegionName.Parse(null));
    }

    [Fact]
    public void Default_IsNoName()
    {
        RegionName name = default;

        Assert.Equal(
            "This RegionName was never parsed and has no value.", Assert.Throws<InvalidOperationException>(() => name.ToString()).Message);
        Assert.Throws<InvalidOperationException>(() => (string)name);
        Assert.NotEqual(RegionName.Parse("us-east-1"), name);
    }
}
