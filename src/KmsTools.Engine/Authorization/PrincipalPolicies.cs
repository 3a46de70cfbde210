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

    /// <summary>Compiles the policies of a principal as they are stored.</summary>
    /// <param name="principal">The principal.</param>
    /// <param name="access">Where its groups are found.</param>
    public static PrincipalPolicies Compile(Principal principal, StoreAccess access) => new(
        [
            .. CompileIdentity(principal),
            .. principal.Groups.Select(group => access.Find(PrincipalType.Group, group)).OfType<Principal>().SelectMany(CompileIdentity),
        ],
        principal.PermissionsBoundary is { } boundary
            ? PolicyDocument.Read(boundary, PolicyForm.Identity, PolicyKind.PermissionsBoundary, BoundaryName)
            : null,
        principal.TrustPolicy is { } trust
            ? PolicyDocument.Read(trust, PolicyForm.Trust, PolicyKind.ResourceBased, TrustName)
            : null);

    /// <summary>Refuses policies that AWS refuses when they are saved.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocument.</exception>
    public static void Require(Principal principal)
    {
        foreach ((string name, string policy) in principal.Policies)
        {
            try
            {
                PolicyDocument.Parse(policy, PolicyForm.Identity, PolicyKind.IdentityBased, name);
            }
            catch (KmsException exception)
            {
                throw KmsErrors.MalformedPrincipalPolicy($"{name}: {exception.Message}", exception);
            }
        }

        try
        {
            if (principal.PermissionsBoundary is { } boundary)
            {
                PolicyDocument.Parse(boundary, PolicyForm.Identity, PolicyKind.PermissionsBoundary, BoundaryName);
            }

            if (principal.TrustPolicy is { } trust)
            {
                PolicyDocument.Parse(trust, PolicyForm.Trust, PolicyKind.ResourceBased, TrustName);
            }
        }
        catch (KmsException exception)
        {
            throw KmsErrors.MalformedPrincipalPolicy(exception.Message, exception);
        }
    }

    // Policies of a group are named with it: group/policy.
    private static IEnumerable<PolicyDocument> CompileIdentity(Principal principal) =>
        principal.Policies.Select(policy => PolicyDocument.Read(
            policy.Value,
            PolicyForm.Identity,
            PolicyKind.IdentityBased,
            principal.Type == PrincipalType.Group ? $"{principal.Name}/{policy.Key}" : policy.Key));
}
