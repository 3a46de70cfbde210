using KmsTools.Identifiers;

namespace KmsTools.Authorization;

/// <summary>
/// Who may retire a grant. Key policies have no say. Source: "Retiring and revoking grants", AWS KMS Developer Guide, and RetireGrant in
/// the AWS KMS API.
/// </summary>
internal static class Retirement
{
    /// <summary>Decides; null when nothing allows.</summary>
    public static AccessDecision? Decide(AccessRequest request)
    {
        if (GrantOf(request) is not { } grant)
        {
            return null;
        }

        (PrincipalMatch match, string reason) = Entitlement(grant, request);
        if (match != PrincipalMatch.None && (CallerSide.IsExemptFromLimits(request, match) || CallerSide.LimitsAllow(request)))
        {
            return Evaluator.Allowed(reason, null) with { GrantId = grant.GrantId };
        }

        return IsDelegated(grant, request)
            && CallerSide.LimitsAllow(request) && CallerSide.IdentityAllows(request, out PolicyStatement? statement)
                ? Evaluator.Allowed("delegated", statement) with { GrantId = grant.GrantId }
                : null;
    }

    /// <summary>The grant that is to be retired; null when there is none.</summary>
    public static Grant? GrantOf(AccessRequest request) => request.Grants?.Invoke().FirstOrDefault();

    /// <summary>How the grant itself entitles the caller, with the reason.</summary>
    public static (PrincipalMatch Match, string Reason) Entitlement(Grant grant, AccessRequest request)
    {
        PrincipalMatch retiring = grant.Retiring is { } principal ? PrincipalPattern.Of(principal).Match(request) : PrincipalMatch.None;
        if (retiring is PrincipalMatch.Direct or PrincipalMatch.Issuer)
        {
            return (retiring, "retiring principal");
        }

        if (GrantAccess.Match(grant, request) is not PrincipalMatch.None and var grantee)
        {
            return (grantee, "grantee with RetireGrant");
        }

        bool isOwner = request.Principal is { Kind: PrincipalKind.Account } && !CallerSide.IsOfOtherAccount(request);
        return (isOwner ? PrincipalMatch.Direct : PrincipalMatch.None, "account of the grant");
    }

    /// <summary>Whether identity policies of the caller can allow: in the account of the grant, and in one that may retire it.</summary>
    public static bool IsDelegated(Grant grant, AccessRequest request) => request.Principal is not null
        && (!CallerSide.IsOfOtherAccount(request)
            || (grant.Retiring is { } principal && PrincipalPattern.Of(principal).Match(request) == PrincipalMatch.Account));
}
