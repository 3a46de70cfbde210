using System.Collections.Frozen;
using System.Collections.Immutable;
using KmsTools.Validation;

namespace KmsTools.Identifiers;

/// <summary>A Region of AWS.</summary>
/// <param name="Name">The name, such as <c>eu-west-1</c>.</param>
/// <param name="Place">Where it is, such as <c>Ireland</c>.</param>
public sealed record AwsRegion(RegionName Name, string Place);

/// <summary>
/// The Regions of AWS in all its partitions. Source: the Regions of the AWS SDK for .NET (AWSSDK.Core 4.1.0, November 2026). A store
/// accepts any other well-formed name as well.
/// </summary>
public static class AwsRegions
{
    private const string Rows = """
        af-south-1     | Cape Town
        ap-east-1      | Hong Kong
        ap-east-2      | Taipei
        ap-northeast-1 | Tokyo
        ap-northeast-2 | Seoul
        ap-northeast-3 | Osaka
        ap-south-1     | Mumbai
        ap-south-2     | Hyderabad
        ap-southeast-1 | Singapore
        ap-southeast-2 | Sydney
        ap-southeast-3 | Jakarta
        ap-southeast-4 | Melbourne
        ap-southeast-5 | Malaysia
        ap-southeast-6 | New Zealand
        ap-southeast-7 | Thailand
        ca-central-1   | Central Canada
        ca-west-1      | Calgary
        cn-north-1     | Beijing
        cn-northwest-1 | Ningxia
        eu-central-1   | Frankfurt
        eu-central-2   | Zurich
        eu-isoe-west-1 | AWS ISOE, EU West
        eu-north-1     | Stockholm
        eu-south-1     | Milan
        eu-south-2     | Spain
        eu-west-1      | Ireland
        eu-west-2      | London
        eu-west-3      | Paris
        eusc-de-east-1 | AWS European Sovereign Cloud, Germany
        il-central-1   | Tel Aviv
        me-central-1   | UAE
        me-south-1     | Bahrain
        me-west-1      | Saudi Arabia
        mx-central-1   | Mexico Central
        sa-east-1      | Sao Paulo
        sa-west-1      | Chile
        us-east-1      | N. Virginia
        us-east-2      | Ohio
        us-gov-east-1  | AWS GovCloud, US-East
        us-gov-west-1  | AWS GovCloud, US-West
        us-iso-east-1  | AWS ISO, US East
        us-iso-west-1  | AWS ISO, US West
        us-isob-east-1 | AWS ISOB, US East (Ohio)
        us-isob-west-1 | AWS ISOB, US West
        us-isof-east-1 | AWS ISOF, US East
        us-isof-south-1 | AWS ISOF, US South
        us-west-1      | N. California
        us-west-2      | Oregon
        """;

    /// <summary>All Regions in the order of their names.</summary>
    public static ImmutableArray<AwsRegion> All { get; } =
        [.. Rows.Split('\n').Select(static row => row.Split('|', StringSplitOptions.TrimEntries)).Select(Of)];

    private static readonly FrozenSet<string> s_names = Names.ToFrozenSet(StringComparer.Ordinal);

    private static readonly (string Prefix, string Partition)[] s_partitions =
    [
        ("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso-", "aws-iso"), ("us-isob-", "aws-iso-b"), ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"), ("eusc-", "aws-eusc"),
    ];

    // A new Region differs from its neighbours in its number.
    private static readonly FrozenSet<string> s_places = s_names.Select(WithoutNumber).ToFrozenSet(StringComparer.Ordinal);

    private static IEnumerable<string> Names => All.Select(static region => region.Name.ToString());

    /// <summary>Whether AWS has a Region of this name.</summary>
    public static bool Contains(RegionName name) => s_names.Contains(name);

    /// <summary>
    /// The Region that is probably meant by a name that AWS does not have; null for a Region of AWS, for a name that differs from
    /// those only in its number, as new Regions do, and when none is similar.
    /// </summary>
    public static string? FindNearest(RegionName name)
    {
        string text = name;
        string place = WithoutNumber(text);
        bool hasNumber = place.Length < text.Length;
        return Contains(name) || (hasNumber && s_places.Contains(place)) ? null : NearestText.Find(text, Names);
    }

    /// <summary>
    /// The partition of AWS that a Region is in, or would be in. Source: the expressions of partitions.json in botocore, which tell new
    /// Regions by the beginning of their names.
    /// </summary>
    public static string PartitionOf(RegionName name)
    {
        string text = name;
        return Array.Find(s_partitions, partition => text.StartsWith(partition.Prefix, StringComparison.Ordinal)).Partition ?? "aws";
    }

    private static AwsRegion Of(string[] cells) => new(RegionName.Parse(cells[0]), cells[1]);

    private static string WithoutNumber(string name) => name.TrimEnd("0123456789".ToCharArray());
}
