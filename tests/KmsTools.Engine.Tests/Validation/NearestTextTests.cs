namespace KmsTools.Validation;

/// <summary>The name that is meant, and when none is near enough.</summary>
public sealed class NearestTextTests
{
    [Theory]
    [InlineData("--stoer", "--store")] // One swap of neighbours is one edit.
    [InlineData("--sotre", "--store")]
    [InlineData("--stroe", "--store")]
    [InlineData("--STOER", "--store")]
    [InlineData("--stor", "--store")]
    [InlineData("--storee", "--store")]
    [InlineData("--stare", "--store")]
    [InlineData("--srote", null)] // Letters that are no neighbours are two edits, and 7 characters allow one.
    [InlineData("--st", null)]
    [InlineData("ab", "ba")]
    [InlineData("abcd", "abdc")]
    [InlineData("eu-cnetarl-1", "eu-central-1")] // Two swaps, and 12 characters allow three edits.
    [InlineData("", null)]
    [InlineData("--store", null)]
    public void Find_CountsEdits(string name, string? expected) =>
        Assert.Equal(expected, NearestText.Find(name, ["--store", "ba", "abdc", "eu-central-1"]));

    [Fact]
    public void Find_SwapBeforeTwoReplacements() =>
        Assert.Equal("us-east-1", NearestText.Find("us-esat-1", ["us-west-1", "us-east-1"]));

    [Fact]
    public void Find_SwapOfDigits_IsNearerThanTwoOthers() =>
        Assert.Equal("HMAC_256", NearestText.Find("HMAC_265", ["HMAC_224", "HMAC_256"]));
}
