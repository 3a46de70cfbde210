using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the names of roles.</summary>
public sealed class RoleCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        return [.. state.ListPrincipals().Where(static principal => principal.Type == PrincipalType.Role)
            .Select(static role => new Completion(role.Name, role.Arn))];
    }
}
