using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;
using KmsTools.Pkcs11.TokenFolders;

namespace KmsTools.Pkcs11.Tests;

public sealed class SoftHsmObjectFileTests
{
    // generation 9; label (32 blanks-padded bytes), serial number (16), a boolean, a number, mechanisms, attributes.
    private const string Token =
        "0000000000000009"
        + "0000000080005349" + "0000000000000003" + "0000000000000020" + "68736D3120202020202020202020202020202020202020202020202020202020"
        + "000000008000534A" + "0000000000000003" + "0000000000000010" + "39326166343264316565623239613736"
        + "0000000000000001" + "0000000000000001" + "01"
        + "000000008000534B" + "0000000000000002" + "000000000000042D"
        + "0000000040000600" + "0000000000000005" + "0000000000000002" + "0000000000001087" + "0000000000001080"
        + "0000000040000211" + "0000000000000004" + "0000000000000011" + "0000000000000162000000000000000100";

    [Fact]
    public void Parse_Token_ReadsLabelAndSerialNumber()
    {
        SoftHsmObjectFile token = SoftHsmObjectFile.Parse(Convert.FromHexString(Token))!;
        Assert.Equal((9UL, "hsm1", "92af42d1eeb29a76", false), (token.Generation, token.Label, token.SerialNumber, token.IsAesKey));
        Assert.Equal(Token, Convert.ToHexString(token.ToArray()));
    }

    [Fact]
    public void Name_ChangesNothingElse()
    {
        SoftHsmObjectFile token = SoftHsmObjectFile.Parse(Convert.FromHexString(Token))!;
        token.Name("zwölf", "0123456789abcdef");
        token.Generation = 0x0102030405060708;
        string expected = Token.Replace(
            "68736D3120202020202020202020202020202020202020202020202020202020",
            Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes("zwölf".PadRight(31))),
            StringComparison.Ordinal)
            .Replace("39326166343264316565623239613736", "30313233343536373839616263646566", StringComparison.Ordinal)
            .Replace("0000000000000009", "0102030405060708", StringComparison.Ordinal);
        Assert.Equal(expected, Convert.ToHexString(token.ToArray()));
        SoftHsmObjectFile again = SoftHsmObjectFile.Parse(token.ToArray())!;
        Assert.Equal(("zwölf", "0123456789abcdef"), (again.Label, again.SerialNumber));
    }

    [Fact]
    public void Parse_CutAnywhere_IsNoObjectOrAShorterOne()
    {
        byte[] whole = Convert.FromHexString(Token);
        int[] ends = [8, 64, 104, 121, 145, 185, whole.Length];
        for (int length = 0; length <= whole.Length; length++)
        {
            SoftHsmObjectFile? parsed = SoftHsmObjectFile.Parse(whole.AsMemory(0, length));
            Assert.True(ends.Contains(length) == parsed is not null, $"{length} bytes");
        }
    }

    [Theory]
    [InlineData("0000000000000001" + "0000000000000003" + "FFFFFFFFFFFFFFFF")]
    [InlineData("0000000000000001" + "0000000000000003" + "7FFFFFFFFFFFFFF8")]
    [InlineData("0000000000000001" + "0000000000000005" + "2000000000000000")]
    [InlineData("0000000000000001" + "0000000000000003" + "0000000000000001")]
    [InlineData("0000000000000001" + "0000000000000006" + "0000000000000000")]
    [InlineData("0000000000000001" + "0000000000000000" + "00")]
    public void Parse_LengthOrKindThatCannotBe_IsNoObject(string attribute) =>
        Assert.Null(SoftHsmObjectFile.Parse(Convert.FromHexString("0000000000000009" + attribute)));

    [Theory]
    [InlineData("0000000000000004", "000000000000001F", true)]
    [InlineData("0000000000000003", "000000000000001F", false)]
    [InlineData("0000000000000004", "0000000000000010", false)]
    public void IsAesKey_GoesByClassAndType(string objectClass, string type, bool expected) =>
        Assert.Equal(
            expected,
            SoftHsmObjectFile.Parse(Convert.FromHexString(
                "0000000000000009" + "0000000000000000" + "0000000000000002" + objectClass + "0000000000000100" + "0000000000000002"
                    + type))!.IsAesKey);

    [Fact]
    public void Name_KeyInsteadOfToken_IsRefused() =>
        Assert.Throws<InvalidDataException>(() => SoftHsmObjectFile.Parse(Convert.FromHexString("0000000000000009"))!.Name("a", "b"));

    [Fact]
    public void Parse_WhatSoftHsmWrites_ComesOutAsItWas()
    {
        using SoftHsmLab lab = new SoftHsmLab().WithToken();
        using (IHsmConnection connection = lab.Connect())
        {
            connection.GenerateKey("arn:one", HsmLab.NewId());
        }

        string[] files = Directory.GetFiles(lab.TokenFolder, "*.object");
        Assert.Equal(2, files.Length);
        foreach (string file in files)
        {
            byte[] content = File.ReadAllBytes(file);
            Assert.Equal(content, SoftHsmObjectFile.Parse(content)!.ToArray());
        }

        Assert.Single(files, static file => SoftHsmObjectFile.Parse(File.ReadAllBytes(file))!.IsAesKey);
        Assert.Equal(lab.TokenLabel, SoftHsmTokens.ReadToken(lab.TokenFolder)!.Label);
    }
}
