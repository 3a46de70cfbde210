using System.Text.RegularExpressions;

namespace KmsTools.Architecture;

/// <summary>What CONTRIBUTING says of names and files, where no analyzer checks it.</summary>
public sealed partial class ConventionsTests
{
    private const int MaxLines = 350;
    private const int HeadLines = 12;

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void CaughtExceptions_HaveOneName(string folder) => Assert.Empty(Offences(folder, CaughtException()));

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void Limits_BeginWithMax(string folder) => Assert.Empty(Offences(folder, Limit()));

    [Theory]
    [InlineData("catch (IOException e)", true)]
    [InlineData("catch (Exception error) when (error is IOException)", true)]
    [InlineData("catch (IOException exception)", false)]
    [InlineData("catch (IOException)", false)]
    public void CaughtException_OtherName_IsFound(string line, bool isFound) => Assert.Equal(isFound, CaughtException().IsMatch(line));

    [Theory]
    [InlineData("private const int MostTries = 3;", true)]
    [InlineData("public static readonly TimeSpan LongestWait = TimeSpan.Zero;", true)]
    [InlineData("internal const long MaximumSize = 1;", true)]
    [InlineData("private const int MaxTries = 3;", false)]
    [InlineData("public ulong MaximumPinLength { get; }", false)]
    public void Limit_OtherName_IsFound(string line, bool isFound) => Assert.Equal(isFound, Limit().IsMatch(line));

    [Fact]
    public void Files_AreShortOrSayWhyNot()
    {
        string[] files = SourceTree.Files("src");
        Assert.All(files, static file => Assert.True(IsShortOrSaysWhyNot(File.ReadAllLines(file)), file));

        // Half of them are much shorter.
        Assert.InRange(files.Select(static file => File.ReadLines(file).Count()).Order().ElementAt(files.Length / 2), 1, 90);
    }

    [Theory]
    [InlineData(350, "", true)]
    [InlineData(351, "", false)]
    [InlineData(351, "// Long because it is one table.", true)]
    public void File_LongerThanTheLimit_NeedsAReason(int lines, string head, bool isGood) =>
        Assert.Equal(isGood, IsShortOrSaysWhyNot([head, .. Enumerable.Repeat("", lines - 1)]));

    [Fact]
    public void Cmdlets_PromptInOneSentence() => Assert.Equal(
        ["KmsCmdlet.cs"],
        SourceTree.Files("src").Where(static file => File.ReadAllText(file).Contains(" ShouldProcess(", StringComparison.Ordinal))
            .Select(static file => Path.GetFileName(file)));

    private static bool IsShortOrSaysWhyNot(string[] lines) =>
        lines.Length <= MaxLines || lines.Take(HeadLines).Any(static line => line.StartsWith("// Long because ", StringComparison.Ordinal));

    private static IEnumerable<string> Offences(string folder, Regex rule) =>
        SourceTree.Files(folder).Where(static file => Path.GetFileName(file) != "ConventionsTests.cs")
            .SelectMany(file => File.ReadLines(file).Where(line => rule.IsMatch(line)).Select(line => $"{file}: {line.Trim()}"));

    [GeneratedRegex(@"\bcatch \([\w.<>]+ (?!exception\))\w+\)")]
    private static partial Regex CaughtException();

    [GeneratedRegex(@"\b(const|static readonly) [\w<>?\[\]]+ (Maximum|Most|Longest)[A-Z]\w* =")]
    private static partial Regex Limit();
}
