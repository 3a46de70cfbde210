using System.Collections;
using KmsTools.Identifiers;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the names of aliases; that of a new one as far as all are the same.</summary>
public sealed class AliasCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Is(command, "New-KmsAlias"))
        {
            return [new Completion(AliasName.Prefix, "What every alias begins with")];
        }

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
