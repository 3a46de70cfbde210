using KmsTools.Identifiers;

namespace KmsTools.Authorization;

/// <summary>What the policies of the caller say. Source: "Policy evaluation logic" and "Permissions boundaries", IAM User Guide.</summary>
internal static class CallerSide
{
    /// <summary>Whether the caller belongs to another account than what it asks for. Services belong to none.</summary>
    public static bool IsOfOtherAccount(AccessRequest request) =>
        request.Principal is { } caller && caller.AccountId != request.ResourceAccount;

    /// <summary>Whether the caller is a role, or a session of one.</summary>
    public static bool IsRole(AccessRequest request) =>
        request.Principal is { Kind: PrincipalKind.AssumedRole or PrincipalKind.Role };

    /// <summary>
    /// Whether service control and resource control policies apply to the caller: not to the roles that services have in an account, whose
    /// names are reserved. Service control policies do not apply to services either. Source: "Service control policies" and "Resource
    /// control policies", AWS Organizations User Guide.
    /// </summary>
    public static bool IsGuarded(AccessRequest request) =>
        !(IsRole(request) && request.Principal!.Name.StartsWith("AWSServiceRoleFor", StringComparison.Ordinal));

    /// <summary>Whether identity policies allow. Nothing but service control policies limits the root user of an account.</summary>
    /// <param name="request">The request.</param>
    /// <param name="statement">The statement that allows; null for the root user.</param>
    public static bool IdentityAllows(AccessRequest request, out PolicyStatement? statement)
    {
        statement = request.Principal is null or { Kind: PrincipalKind.Account }
            ? null
            : Evaluator.FirstAllow(request.IdentityPolicies, request);
        return statement is not null || request.Principal is { Kind: PrincipalKind.Account };
    }

    /// <summary>Whether neither the boundary nor a session policy keeps the caller from what its policies allow.</summary>
    public static bool LimitsAllow(AccessRequest request) => BoundaryAllows(request) && SessionAllows(request);

    /// <summary>Whether the boundary allows, or there is none.</summary>
    public static bool BoundaryAllows(AccessRequest request) =>
        request.PermissionsBoundary is not { } boundary || Evaluator.FirstAllow(boundary, request) is not null;

    /// <summary>
    /// Whether a session policy allows. A session without one is not limited, but that of a federated user: it has no permissions then.
    /// </summary>
    public static bool SessionAllows(AccessRequest request) => request.SessionPolicies.IsDefaultOrEmpty
        ? request.Principal is not { Kind: PrincipalKind.FederatedUser }
        : Evaluator.FirstAllow(request.SessionPolicies, request) is not null;

    /// <summary>Whether neither boundary nor session policies limit what names the caller itself: within one account.</summary>
    public static bool IsExemptFromLimits(AccessRequest request, PrincipalMatch match) =>
        match == PrincipalMatch.Direct && !IsOfOtherAccount(request);
}
