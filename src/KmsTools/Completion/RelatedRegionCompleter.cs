using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the Regions of the keys that are related to the multi-Region key that is given beside.</summary>
public sealed class RelatedRegionCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        return FindKey(state, RegionOf(engine, bound), bound["KeyId"]) is { } key ? [.. key.RelatedKeys.Select(static related => new Completion(related.Region, $"{related.Type}"))] : [];
    }
}
