using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the IDs of key material that the store has recorded as having no key, without calling the HSMs.</summary>
public sealed class StrayMaterialCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        return [.. state.ListStrayKeyMaterial(bound["ClusterId"] as string)
            .Select(static stray => new Completion(stray.BackingKeyId, $"{stray.KeyArn}  {stray.Reason}"))];
    }
}
