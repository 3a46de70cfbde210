using System.Collections;
using KmsTools.Commands;

namespace KmsTools.Completion;

/// <summary>Completes the names of AWS Regions, the one of the store first.</summary>
public sealed class RegionCompleter : LiveCompleter
{
    // Source: "AWS KMS endpoints and quotas", AWS General Reference. Any other name is allowed as well.
    private static readonly (string Name, string Place)[] Regions =
    [
        ("af-south-1", "Cape Town"), ("ap-east-1", "Hong Kong"), ("ap-east-2", "Taipei"), ("ap-northeast-1", "Tokyo"), ("ap-northeast-2", "Seoul"),
        ("ap-northeast-3", "Osaka"), ("ap-south-1", "Mumbai"), ("ap-south-2", "Hyderabad"), ("ap-southeast-1", "Singapore"),
        ("ap-southeast-2", "Sydney"), ("ap-southeast-3", "Jakarta"), ("ap-southeast-4", "Melbourne"), ("ap-southeast-5", "Malaysia"),
        ("ap-southeast-6", "New Zealand"), ("ap-southeast-7", "Thailand"), ("ca-central-1", "Central Canada"),
        ("ca-west-1", "Calgary"), ("cn-north-1", "Beijing"), ("cn-northwest-1", "Ningxia"), ("eu-central-1", "Frankfurt"), ("eu-central-2", "Zurich"), ("eu-north-1", "Stockholm"),
        ("eu-south-1", "Milan"), ("eu-south-2", "Spain"), ("eu-west-1", "Ireland"), ("eu-west-2", "London"), ("eu-west-3", "Paris"),
        ("il-central-1", "Tel Aviv"), ("me-central-1", "UAE"), ("me-south-1", "Bahrain"), ("mx-central-1", "Mexico Central"),
        ("sa-east-1", "Sao Paulo"), ("us-east-1", "N. Virginia"), ("us-east-2", "Ohio"), ("us-gov-east-1", "AWS GovCloud, US-East"), ("us-gov-west-1", "AWS GovCloud, US-West"),
        ("us-west-1", "N. California"), ("us-west-2", "Oregon"),
    ];

    /// <summary>The Region that was probably meant by a name that no AWS Region has, or null.</summary>
    internal static string? Nearest(string name)
    {
        // A new Region differs from the known ones by its number.
        string place = name.TrimEnd("0123456789".ToCharArray());
        return Regions.Any(region => region.Name.StartsWith(place, StringComparison.Ordinal)) && place.EndsWith('-') && place.Length < name.Length
            ? null
            : NearestName.Find(name, Regions.Select(static region => region.Name));
    }

    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        string? own = Engine?.Properties.Region;
        return Regions.OrderByDescending(region => region.Name == own)
            .Select(region => new Completion(region.Name, region.Name == own ? region.Place + ", the Region of this store" : region.Place));
    }
}
