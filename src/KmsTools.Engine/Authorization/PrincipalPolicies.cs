using System.Collections.Immutable;

namespace KmsTools.Authorization;

/// <summary>The policies of a user, role or group, compiled.</summary>
/// <param name="Identity">Its identity policies, and those of the groups of a user.</param>
/// <param name="Boundary">The permissions boundary, or null.</param>
/// <param name="Trust">The trust policy of a role; null for all others.</param>
internal sealed record PrincipalPolicies(ImmutableArray<PolicyDocument> Identity, PolicyDocument? Boundary, PolicyDocument? Trust)
{
    /// <summary>The name that decisions give a permissions boundary.</summary>
    public const string BoundaryName = "permissions boundary";

    /// <summary>The name that decisions give a trust policy.</summary>
    public const string TrustName = "trust policy";

    /// <summary>Compiles the policies of a principal.</summary>
    /// <param name="principal">The principal.</param>
    /// <param name="access">Where its groups are found.</param>
    public static PrincipalPolicies Compile(Principal principal, StoreAccess access) => new(
        [
            .. CompileIdentity(principal),
            .. principal.Groups.Select(group => access.Find(PrincipalType.Group, group)).OfType<Principal>().SelectMany(CompileIdentity),
        ],
        principal.PermissionsBoundary is { } boundary ? CompileBoundary(boundary) : null,
        principal.TrustPolicy is { } trust ? CompileTrust(trust) : null);

    /// <summary>Compiles an identity policy.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    public static PolicyDocument CompileIdentity(string name, string policy) =>
        PolicyDocument.Parse(policy, PolicyForm.Identity, PolicyKind.IdentityBased, name);

    /// <summary>Compiles a permissions boundary.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    public static PolicyDocument CompileBoundary(string policy) =>
        PolicyDocument.Parse(policy, PolicyForm.Identity, PolicyKind.PermissionsBoundary, BoundaryName);

    /// <summary>Compiles the trust policy of a role.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    public static PolicyDocument CompileTrust(string policy) =>
        PolicyDocument.Parse(policy, PolicyForm.Trust, PolicyKind.ResourceBased, TrustName);

    // Policies of a group are named with it: group/policy.
    private static IEnumerable<PolicyDocument> CompileIdentity(Principal principal) => principal.Policies.Select(policy => CompileIdentity(
        principal.Type == PrincipalType.Group ? $"{principal.Name}/{policy.Key}" : policy.Key,
        policy.Value));
}
