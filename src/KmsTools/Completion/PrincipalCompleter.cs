using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>
/// Completes principals that the store knows: the user of the operating system, users and roles, those of access keys, and those in grants
/// of the key on the same command line. Completes services if the parameter takes a service.
/// </summary>
public sealed class PrincipalCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        bool services = parameter.Contains("Service", StringComparison.OrdinalIgnoreCase);
        using IStateReader state = engine.OpenReader();
        IEnumerable<GrantPrincipal> inGrants = FindKey(state, RegionOf(engine, bound), bound["KeyId"]) is { } key
            ? state.ListGrants(key.Region, key.KeyId, null, null, Most).SelectMany(static grant => new[] { grant.Grantee, grant.Retiring })
                .OfType<GrantPrincipal>()
            : [];
        IEnumerable<Completion> known = services ? [] :
        [
            new Completion(Caller.LocalUser(engine.Properties.AccountId).PrincipalArn, "The user of the operating system"),
            .. state.ListPrincipals().Where(static principal => principal.Type != PrincipalType.Group)
                .Select(static principal => new Completion(
                    principal.Arn, $"A {principal.Type.ToString().ToLowerInvariant()} of the store")),
            .. state.ListAccessKeys()
                .Select(static accessKey => new Completion(accessKey.PrincipalArn, $"Signs with {accessKey.AccessKeyId}")),
        ];
        return
        [
            .. known
                .Concat(inGrants.Where(principal => principal.IsService == services)
                    .Select(static principal => new Completion(principal.Name, "In a grant of the key")))
                .DistinctBy(static completion => completion.Text),
        ];
    }
}
