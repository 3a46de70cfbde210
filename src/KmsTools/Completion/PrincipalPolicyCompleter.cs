using System.Collections;

namespace KmsTools.Completion;

/// <summary>Completes the names of the policies of the user, role or group on the same command line.</summary>
public sealed class PrincipalPolicyCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        Principal? principal = bound["UserName"] is { } user ? engine.Principals.Find(PrincipalType.User, $"{user}")
            : bound["RoleName"] is { } role ? engine.Principals.Find(PrincipalType.Role, $"{role}")
            : bound["GroupName"] is { } group ? engine.Principals.Find(PrincipalType.Group, $"{group}")
            : engine.Principals.List().FirstOrDefault(known => known.Arn == $"{bound["PrincipalArn"]}");
        return principal is null ? [] : [.. principal.Policies.Keys.Select(name => new Completion(name, $"A policy of {principal.Arn}"))];
    }
}
