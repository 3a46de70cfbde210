using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the IDs of the key material of the key on the same command line.</summary>
public sealed class KeyMaterialCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        return FindKey(state, RegionOf(engine, bound), bound["KeyId"]) is { } key
            ? [.. key.Materials.Select(static material => new Completion(
                material.KeyMaterialId,
                $"{material.State}  {material.ImportState}  {material.Description}".TrimEnd()))]
            : [];
    }
}
