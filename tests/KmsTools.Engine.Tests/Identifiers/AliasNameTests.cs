namespace KmsTools.Identifiers;

/// <summary>Names of aliases, on both sides of what is valid.</summary>
public sealed class AliasNameTests
{
    [Theory]
    [InlineData("alias/a", false)]
    [InlineData("alias/Payroll_2/east-1", false)]
    [InlineData("alias/a:b", false)]
    [InlineData("alias/aws", false)]
    [InlineData("alias/AWS/s3", false)]
    [InlineData("alias/aws/s3", true)]
    public void Parse_Valid_IsTheText(string text, bool isReserved)
    {
        Assert.True(AliasName.TryParse(text, out AliasName alias));
        Assert.Equal((text, isReserved), (alias.ToString(), alias.IsReserved));
        Assert.Equal(text, (string)AliasName.Parse(text));
    }

    [Fact]
    public void Parse_Length_Ends_At256()
    {
        Assert.True(AliasName.TryParse("alias/" + new string('a', 250), out _));
        Assert.False(AliasName.TryParse("alias/" + new string('a', 251), out _));
    }

    [Theory]
    [InlineData("", "''")]
    [InlineData("alias/", "'alias/'")]
    [InlineData("payroll", "'payroll'")]
    [InlineData("Alias/payroll", "'Alias/payroll'")]
    [InlineData("alias/pay roll", "'alias/pay roll'")]
    [InlineData("alias/payroll.", "'alias/payroll.'")]
    [InlineData("alias/p\u00E4yroll", "'alias/p\u00E4yroll'")]
    [InlineData("alias/payroll\n", "'alias/payroll\\u000A'")]
    [InlineData("alias/payroll\0", "'alias/payroll\\u0000'")]
    public void Parse_Malformed_ShowsTheTextAndTheShape(string text, string shown)
    {
        Assert.False(AliasName.TryParse(text, out AliasName alias));
        Assert.Equal(default, alias);
        Assert.Equal(
            $"{shown} is not a valid alias name: use alias/ and letters, digits, and : / _ -, at most 256 characters in all.",
            Assert.Throws<ArgumentException>(() => AliasName.Parse(text)).Message);
    }

    [Fact]
    public void Default_IsNoAlias()
    {
        Assert.Throws<InvalidOperationException>(static () => default(AliasName).ToString());
        Assert.Throws<InvalidOperationException>(static () => default(AliasName).IsReserved);
    }
}
