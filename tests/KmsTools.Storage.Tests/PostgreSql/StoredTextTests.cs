using KmsTools.Storage.PostgreSql;

namespace KmsTools.Storage.Tests.PostgreSql;

public sealed class StoredTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("orders", "orders")]
    [InlineData("\u0002", "\u0002")]
    [InlineData("\0", "\u00010")]
    [InlineData("\u0001", "\u00011")]
    [InlineData("\u00010", "\u000110")]
    [InlineData("a\0\u0001\0b", "a\u00010\u00011\u00010b")]
    public void Write_AnyText_IsReadAsItWas(string text, string stored)
    {
        Assert.Equal(stored, StoredText.Write(text));
        Assert.Equal(text, StoredText.Read(stored));
    }

    [Fact]
    public void Write_NoText_IsNone() => Assert.Null(StoredText.Write(null));

    [Theory]
    [InlineData("\u0001")]
    [InlineData("a\u00012")]
    [InlineData("\u0001\u0001")]
    public void Read_EscapeThatStandsForNothing_IsItself(string stored) => Assert.Equal(stored, StoredText.Read(stored));
}
