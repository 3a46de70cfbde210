using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the Regions of the related keys of the multi-Region key on the same command line.</summary>
public sealed class RelatedRegionCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        return FindKey(state, RegionOf(engine, bound), bound["KeyId"]) is { } key
            ? [.. key.RelatedKeys.Select(static related => new Completion(related.Region, $"{related.Type}"))]
            : [];
    }
}
