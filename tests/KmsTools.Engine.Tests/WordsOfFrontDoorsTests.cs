using System.Text.RegularExpressions;
using KmsTools.Architecture;

namespace KmsTools;

/// <summary>What the engine and its adapters say is true at every front door: no cmdlet and no option of a command line is named.</summary>
public sealed partial class WordsOfFrontDoorsTests
{
    [Theory]
    [InlineData("KmsTools.Engine")]
    [InlineData("KmsTools.Storage")]
    [InlineData("KmsTools.Yaml")]
    [InlineData("KmsTools.Pkcs11")]
    [InlineData("KmsTools.BouncyCastle")]
    [InlineData("Shared")]
    public void Texts_NameNoCmdletAndNoParameter(string project)
    {
        string[] files = SourceTree.Files(Path.Combine("src", project));
        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(
            static file => Texts(File.ReadAllText(file)).Where(static text => Words().IsMatch(text)).Select(text => $"{file}: {text}")));
    }

    [Theory]
    [InlineData("x = $\"Enable-KmsKey {key.KeyId}\";", true)]
    [InlineData("x = \"see Connect-Kms\";", true)]
    [InlineData("x = \"add -Region\";", true)]
    [InlineData("x = $\"-Force removes {y}\";", true)]
    [InlineData("x = \"(-Force)\";", true)]
    [InlineData("x = \"not -1, a-B, eu-west-1 or multi-Region\";", false)]
    [InlineData("x = y -Region;", false)]
    [InlineData("/// <summary>Connect-Kms \"Enable-KmsKey\"</summary>", false)]
    [InlineData("x = 1; // as \"Enable-KmsKey\" does", false)]
    [InlineData("x = \"http://a\"; y = \"Get-KmsKey\";", true)]
    [InlineData("x = \"\"\"\n  see \"Connect-Kms\"\n  \"\"\";", true)]
    public void Texts_OfALine_AreLookedAt(string line, bool isFound) =>
        Assert.Equal(isFound, Texts(line).Any(static text => Words().IsMatch(text)));

    private static IEnumerable<string> Texts(string source) =>
        CommentsAndTexts().Matches(source).Where(static match => match.Groups["text"].Success)
            .Select(static match => match.Groups["text"].Value);

    // Comments are matched first, so that what they quote is no text. A quotation within an interpolation splits the text in two.
    [GeneratedRegex(@"//[^\n]*|'\\?.'|""{3}(?<text>.*?)""{3}|""(?<text>(?:[^""\\\n]|\\.)*)""", RegexOptions.Singleline)]
    private static partial Regex CommentsAndTexts();

    [GeneratedRegex("""\b[A-Z][a-z]+-Kms|(^|[\s('])-[A-Z][A-Za-z]+""")]
    private static partial Regex Words();
}
