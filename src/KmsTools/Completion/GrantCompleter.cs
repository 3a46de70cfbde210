using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the IDs of the grants of the key on the same command line.</summary>
public sealed class GrantCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        return FindKey(state, RegionOf(engine, bound), bound["KeyId"]) is { } key ? [.. state.ListGrants(
            key.Region,
            key.KeyId,
            null,
            null,
            Most).Select(static grant => new Completion(
            grant.GrantId, $"{grant.Name} {grant.Grantee.Name}".Trim(), string.Join(", ", grant.Operations)))] : [];
    }
}
