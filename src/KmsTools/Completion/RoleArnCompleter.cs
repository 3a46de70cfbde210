using System.Collections;

namespace KmsTools.Completion;

/// <summary>Completes the ARNs of the roles of the store.</summary>
public sealed class RoleArnCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) => Engine is not { } engine
        ? []
        : engine.Principals.List().Where(static principal => principal.Type == PrincipalType.Role)
            .Select(static role => new Completion(role.Arn, $"The role {role.Name}"));
}
