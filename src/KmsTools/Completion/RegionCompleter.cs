using System.Collections;
using KmsTools.Identifiers;

namespace KmsTools.Completion;

/// <summary>Completes the names of AWS Regions, the one of the store first.</summary>
public sealed class RegionCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        RegionName? own = Engine?.Properties.Region;
        return AwsRegions.All.OrderByDescending(region => region.Name == own)
            .Select(region => new Completion(region.Name, region.Name == own ? region.Place + ", the Region of this store" : region.Place));
    }
}
