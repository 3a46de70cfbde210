using System.Collections;

namespace KmsTools.Completion;

/// <summary>Completes the names of the users, roles or groups of the store, according to the parameter.</summary>
public sealed class PrincipalNameCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        // The name of a new one must be another.
        bool isNew = command == "New-KmsPrincipal" && parameter != "Group";
        if (isNew || Engine is not { } engine)
        {
            return [];
        }

        PrincipalType type = parameter switch
        {
            "UserName" => PrincipalType.User,
            "RoleName" => PrincipalType.Role,
            _ => PrincipalType.Group,
        };
        return
        [
            .. engine.Principals.List().Where(principal => principal.Type == type)
                .Select(static principal => new Completion(principal.Name, principal.Arn)),
        ];
    }
}
