namespace KmsTools.Identifiers;

/// <summary>IDs of accounts, on both sides of what is valid.</summary>
public sealed class AccountIdTests
{
    [Theory]
    [InlineData("111122223333")]
    [InlineData("000000000000")]
    public void Parse_Valid_IsTheText(string text)
    {
        Assert.True(AccountId.TryParse(text, out AccountId account));
        Assert.Equal(text, account.ToString());
        Assert.Equal(text, (string)AccountId.Parse(text));
    }

    [Theory]
    [InlineData("", "''")]
    [InlineData("11112222333", "'11112222333'")]
    [InlineData("1111222233334", "'1111222233334'")]
    [InlineData("11112222333x", "'11112222333x'")]
    [InlineData("1111-2222-3333", "'1111-2222-3333'")]
    [InlineData("111122223333\n", "'111122223333\\u000A'")]
    [InlineData("11112222333\n", "'11112222333\\u000A'")]
    [InlineData("111122223333\0", "'111122223333\\u0000'")]
    [InlineData(" 111122223333", "' 111122223333'")]
    [InlineData("11112222333\u0663", "'11112222333\u0663'")]
    public void Parse_Malformed_ShowsTheTextAndTheShape(string text, string shown)
    {
        Assert.False(AccountId.TryParse(text, out AccountId account));
        Assert.Equal(default, account);
        Assert.Equal(
            $"{shown} is not a valid account ID: it has 12 digits, as in 111122223333.",
            Assert.Throws<ArgumentException>(() => AccountId.Parse(text)).Message);
    }

    [Fact]
    public void Default_IsNoAccount()
    {
        AccountId account = default;

        Assert.Throws<InvalidOperationException>(() => account.ToString());
        Assert.Throws<InvalidOperationException>(() => Caller.LocalUser(account));
    }
}
