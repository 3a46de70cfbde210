using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the tags of the key that is given beside.</summary>
public sealed class TagKeyCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        return FindKey(state, RegionOf(engine, bound), bound["KeyId"]) is { } key ? [.. key.Tags.Select(static tag => new Completion(tag.TagKey, $"{tag.TagKey} = '{tag.TagValue}'"))] : [];
    }
}
