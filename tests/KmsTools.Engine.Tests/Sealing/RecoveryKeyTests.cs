using System.Text.RegularExpressions;
using KmsTools.Cryptography;

namespace KmsTools.Sealing;

public sealed partial class RecoveryKeyTests
{
    // 32 zero bytes and the first three of SHA-256(32 zero bytes || 'R'), encoded by another program.
    private const string Zeros = "0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-000B-P46S";

    [Fact]
    public void UseText_ZeroKey_IsBase32WithItsChecksum()
    {
        using RecoveryKey key = RecoveryKey.Parse(Zeros);
        Assert.Equal(Zeros, TextOf(key));
    }

    [Fact]
    public void UseText_NewKeys_AreReadAgainAndDifferent()
    {
        HashSet<string> texts = [];
        for (int i = 0; i < 100; i++)
        {
            using RecoveryKey key = RecoveryKey.Create();
            string text = TextOf(key);
            Assert.Matches(Form(), text);
            Assert.Equal(RecoveryKey.TextLength, text.Length);
            Assert.True(texts.Add(text));
            using RecoveryKey read = RecoveryKey.Parse(text);
            using Secret one = key.SlotKey();
            using Secret other = read.SlotKey();
            Assert.True(one.ContentEquals(other));
        }
    }

    [Fact]
    public void Parse_AsPeopleType_IsTheSameKey()
    {
        string text = Zeros;
        foreach (string typed in (string[])
            [text.ToLowerInvariant(), text.Replace("-", "", StringComparison.Ordinal), text.Replace('-', ' '), $" {text}\n",
                text.Replace('0', 'o'), text.Replace('0', 'O').Replace('1', 'l')])
        {
            using RecoveryKey key = RecoveryKey.Parse(typed);
            Assert.Equal(text, TextOf(key));
        }
    }

    [Fact]
    public void Parse_OneCharacterWrong_IsATypingError()
    {
        using RecoveryKey key = RecoveryKey.Create();
        char[] text = TextOf(key).ToCharArray();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '-')
            {
                char right = text[i];
                text[i] = right == '7' ? '8' : '7';
                Assert.Equal(
                    "The recovery key has a typing error: its last characters do not agree with the rest. Compare it with what was written down.",
                    Assert.Throws<FormatException>(() => RecoveryKey.Parse(text)).Message);
                text[i] = right;
            }
        }
    }

    [Fact]
    public void Parse_WrongCharacterOrLength_SaysWhere()
    {
        Assert.Equal(
            "The recovery key has a typing error: character 6, not counting hyphens and spaces, is none of its letters and digits (0-9 and A-Z "
                + "without I, L, O and U).",
            Assert.Throws<FormatException>(() => RecoveryKey.Parse("0000-0U00")).Message);
        Assert.Equal(
            "The recovery key has a typing error: it has 55 letters and digits, and a recovery key has 56.",
            Assert.Throws<FormatException>(() => RecoveryKey.Parse(Zeros.AsSpan(0, Zeros.Length - 1))).Message);
        Assert.Equal(
            "The recovery key has a typing error: it has 57 letters and digits, and a recovery key has 56.",
            Assert.Throws<FormatException>(() => RecoveryKey.Parse(Zeros + "0")).Message);
        Assert.Throws<FormatException>(() => RecoveryKey.Parse(""));
    }

    private static string TextOf(RecoveryKey key) => key.UseText(static text => text.ToString());

    [GeneratedRegex("^([0-9A-HJKMNP-TV-Z]{4}-){13}[0-9A-HJKMNP-TV-Z]{4}$")]
    private static partial Regex Form();
}
