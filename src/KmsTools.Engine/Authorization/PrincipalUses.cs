using System.Collections.Immutable;
using KmsTools.Identifiers;
using KmsTools.Persistence;

namespace KmsTools.Authorization;

/// <summary>What refers to a user, role or group: it goes, or changes, when the principal is removed.</summary>
public sealed record PrincipalUses
{
    /// <summary>The IDs of the access keys of the user, or of the role and its sessions. They are removed with it.</summary>
    public required ImmutableArray<string> AccessKeyIds { get; init; }

    /// <summary>The names of the users in the group. They leave it.</summary>
    public required ImmutableArray<string> Members { get; init; }

    /// <summary>The ARNs of the keys whose policies name the user or role. It is its unique ID there afterwards.</summary>
    public required ImmutableArray<string> KeyArns { get; init; }

    /// <summary>The names of the roles whose trust policies name the user or role. It is its unique ID there afterwards.</summary>
    public required ImmutableArray<string> Roles { get; init; }

    /// <summary>
    /// How many grants have the user or role as grantee or retiring principal. It is its unique ID there afterwards.
    /// </summary>
    public required int Grants { get; init; }

    internal static PrincipalUses Find(Principal principal, IStateReader state) => new()
    {
        AccessKeyIds =
        [
            .. state.ListAccessKeys().Where(accessKey => IsOf(accessKey.PrincipalArn, principal))
                .Select(static accessKey => accessKey.AccessKeyId),
        ],
        Members = [.. MembersOf(principal, state).Select(static user => user.Name)],
        KeyArns = [.. KeysNaming(principal, state).Select(static key => key.Arn)],
        Roles = [.. RolesTrusting(principal, state).Select(static role => role.Name)],
        Grants = state.ListGrantsTo(ReferenceTo(principal)).Length,
    };

    /// <summary>The users in a group.</summary>
    internal static IEnumerable<Principal> MembersOf(Principal group, IStateReader state) => group.Type == PrincipalType.Group
        ? state.ListPrincipals().Where(user => user.Groups.Contains(group.Name))
        : [];

    /// <summary>Removes all references to a principal that is removed.</summary>
    internal static void End(Principal principal, IStateTransaction transaction)
    {
        foreach (Principal member in MembersOf(principal, transaction))
        {
            transaction.PutPrincipal(member with { Groups = member.Groups.Remove(principal.Name) });
        }

        foreach (Key key in KeysNaming(principal, transaction))
        {
            transaction.UpdateKey(key with { Policy = PolicyPrincipals.Replace(key.Policy, principal.Arn, principal.UniqueId) });
        }

        foreach (Principal role in RolesTrusting(principal, transaction))
        {
            string trust = PolicyPrincipals.Replace(role.TrustPolicy!, principal.Arn, principal.UniqueId);
            transaction.PutPrincipal(role with { TrustPolicy = trust });
        }

        GrantPrincipal reference = ReferenceTo(principal);
        GrantPrincipal remains = reference with { Name = principal.UniqueId };
        foreach (Grant grant in transaction.ListGrantsTo(reference))
        {
            transaction.DeleteGrant(grant);
            transaction.InsertGrant(grant with
            {
                Grantee = grant.Grantee == reference ? remains : grant.Grantee,
                Retiring = grant.Retiring == reference ? remains : grant.Retiring,
            });
        }
    }

    private static GrantPrincipal ReferenceTo(Principal principal) => new(principal.Arn, IsService: false);

    // A list before anything of it changes.
    private static ImmutableArray<Key> KeysNaming(Principal principal, IStateReader state) =>
    [
        .. state.ListKeysWithPolicyText(principal.Arn).Select(key => state.FindKey(key.Region, key.KeyId)).OfType<Key>()
            .Where(key => !ReferenceEquals(PolicyPrincipals.Replace(key.Policy, principal.Arn, principal.UniqueId), key.Policy)),
    ];

    private static ImmutableArray<Principal> RolesTrusting(Principal principal, IStateReader state) =>
    [
        .. state.ListPrincipals().Where(role => role.TrustPolicy is { } trust && role.UniqueId != principal.UniqueId
            && !ReferenceEquals(PolicyPrincipals.Replace(trust, principal.Arn, principal.UniqueId), trust)),
    ];

    /// <summary>Whether an ARN is that of a user, or of a role or one of its sessions.</summary>
    internal static bool IsOf(string arn, Principal principal) => PrincipalArn.TryParse(arn, out PrincipalArn? parsed)
        && parsed.Kind switch
        {
            PrincipalKind.User => principal.Type == PrincipalType.User,
            PrincipalKind.Role or PrincipalKind.AssumedRole => principal.Type == PrincipalType.Role,
            _ => false,
        }
        && string.Equals(parsed.Name, principal.Name, StringComparison.OrdinalIgnoreCase);
}
