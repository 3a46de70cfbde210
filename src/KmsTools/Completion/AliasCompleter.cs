using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the names of aliases.</summary>
public sealed class AliasCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        string region = RegionOf(engine, bound);
        using IStateReader state = engine.OpenReader();
        return [.. state.ListAliases(region, null, null, Most).Select(alias => new Completion(
            alias.AliasName, $"{alias.TargetKeyId}  {state.FindKey(region, alias.TargetKeyId)?.Description}".TrimEnd()))];
    }
}
