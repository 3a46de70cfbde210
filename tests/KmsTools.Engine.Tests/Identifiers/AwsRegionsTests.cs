namespace KmsTools.Identifiers;

/// <summary>The Regions of AWS, and the one that is meant by a name that is none.</summary>
public sealed class AwsRegionsTests
{
    [Fact]
    public void All_NamesDifferAndAreInOrder()
    {
        string[] names = [.. AwsRegions.All.Select(static region => region.Name.ToString())];

        Assert.Equal(48, names.Distinct().Count());
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.DoesNotContain(AwsRegions.All, static region => region.Place.Length == 0);
    }

    [Theory]
    [InlineData("us-east-1", true)]
    [InlineData("cn-north-1", true)]
    [InlineData("us-gov-west-1", true)]
    [InlineData("eusc-de-east-1", true)]
    [InlineData("us-esat-1", false)]
    [InlineData("us-east-9", false)]
    public void Contains_BothSides(string name, bool expected) => Assert.Equal(expected, AwsRegions.Contains(RegionName.Parse(name)));

    [Theory]
    [InlineData("us-east-1", "aws")]
    [InlineData("us-west-9", "aws")]
    [InlineData("eu-central-1", "aws")]
    [InlineData("lab", "aws")]
    [InlineData("cn-north-1", "aws-cn")]
    [InlineData("cn-south-1", "aws-cn")]
    [InlineData("us-gov-east-1", "aws-us-gov")]
    [InlineData("us-iso-east-1", "aws-iso")]
    [InlineData("us-isob-east-1", "aws-iso-b")]
    [InlineData("us-isof-south-1", "aws-iso-f")]
    [InlineData("eu-isoe-west-1", "aws-iso-e")]
    [InlineData("eusc-de-east-1", "aws-eusc")]
    public void PartitionOf_EveryPartition_IsThatOfAws(string name, string expected) =>
        Assert.Equal(expected, AwsRegions.PartitionOf(RegionName.Parse(name)));

    [Theory]
    [InlineData("us-esat-1", "us-east-1")]
    [InlineData("us-eest-1", "us-east-1")]
    [InlineData("us-east1", "us-east-1")]
    [InlineData("eu-wset-3", "eu-west-3")]
    [InlineData("us-east-1", null)]
    [InlineData("us-east-9", null)]
    [InlineData("eu-west-12", null)]
    [InlineData("lab", null)]
    [InlineData("nowhere-in-particular-1", null)]
    public void FindNearest_BothSides(string name, string? expected) =>
        Assert.Equal(expected, AwsRegions.FindNearest(RegionName.Parse(name)));
}
