using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the tag keys of the key on the same command line.</summary>
public sealed class TagKeyCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        return FindKey(state, RegionOf(engine, bound), bound["KeyId"]) is { } key
            ? [.. key.Tags.Select(static tag => new Completion(tag.TagKey, $"{tag.TagKey} = '{tag.TagValue}'"))]
            : [];
    }
}
