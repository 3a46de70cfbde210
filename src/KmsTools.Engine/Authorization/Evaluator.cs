using System.Collections.Immutable;
using KmsTools.Identifiers;

namespace KmsTools.Authorization;

/// <summary>
/// Decides about access: a pure function. Source: "Policy evaluation logic", IAM User Guide, and "Key policies in AWS KMS", AWS KMS
/// Developer Guide.
/// </summary>
internal static class Evaluator
{
    /// <summary>Decides, with what the decision rests on.</summary>
    public static AccessDecision Decide(AccessRequest request)
    {
        if (ExplicitDeny.Find(request) is { } deny)
        {
            return Denial.Of(request, deny);
        }

        AccessDecision? allowed = !ServiceControlPoliciesAllow(request) ? null : request.Rule switch
        {
            AccessRule.IdentityOnly => OfIdentity(request),
            AccessRule.Retirement => Retirement.Decide(request),
            _ => OfKey(request),
        };
        return allowed ?? Denial.Of(request);
    }

    /// <summary>Whether every level of the service control policies allows. They do not limit services.</summary>
    public static bool ServiceControlPoliciesAllow(AccessRequest request)
    {
        if (request.ServiceControlPolicies.IsDefaultOrEmpty || request.Principal is null || !CallerSide.IsGuarded(request))
        {
            return true;
        }

        foreach (ImmutableArray<PolicyDocument> level in request.ServiceControlPolicies)
        {
            if (FirstAllow(level, request) is null)
            {
                return false;
            }
        }

        return true;
    }

    private static AccessDecision? OfIdentity(AccessRequest request) =>
        CallerSide.IdentityAllows(request, out PolicyStatement? statement) && CallerSide.LimitsAllow(request)
            ? Allowed("identity-based policy", statement)
            : null;

    private static AccessDecision? OfKey(AccessRequest request)
    {
        PrincipalMatch match = OfResourcePolicy(request, out PolicyStatement? direct, out PolicyStatement? account);
        AccessDecision? decision = CallerSide.IsOfOtherAccount(request)
            ? OfOtherAccount(request, match, direct ?? account)
            : OfOwnAccount(request, match, direct, account);
        return decision ?? OfGrant(request);
    }

    private static AccessDecision? OfOwnAccount(
        AccessRequest request, PrincipalMatch match, PolicyStatement? direct, PolicyStatement? account)
    {
        bool isTrust = request.ResourcePolicy is { Form: PolicyForm.Trust };
        if (match == PrincipalMatch.Direct)
        {
            return Allowed(isTrust ? "trust policy: principal" : "key policy: principal", direct);
        }

        if (match == PrincipalMatch.None || !CallerSide.LimitsAllow(request))
        {
            return null;
        }

        if (match == PrincipalMatch.Issuer)
        {
            bool isRole = request.Principal is { Kind: not PrincipalKind.FederatedUser };
            return Allowed(isTrust ? "trust policy: role" : isRole ? "key policy: role" : "key policy: principal", direct);
        }

        return CallerSide.IdentityAllows(request, out PolicyStatement? identity)
            ? Allowed(
                isTrust ? "trust policy: account + identity-based policy" : "key policy: account + identity-based policy",
                account,
                identity)
            : null;
    }

    private static AccessDecision? OfOtherAccount(AccessRequest request, PrincipalMatch match, PolicyStatement? statement) =>
        match != PrincipalMatch.None && request.Rule == AccessRule.Key
        && CallerSide.LimitsAllow(request) && CallerSide.IdentityAllows(request, out PolicyStatement? identity)
            ? Allowed(
                request.ResourcePolicy is { Form: PolicyForm.Trust }
                    ? "trust policy + identity-based policy"
                    : "key policy + identity-based policy",
                statement,
                identity)
            : null;

    // A grant needs no identity policy, not even of another account.
    private static AccessDecision? OfGrant(AccessRequest request)
    {
        if (request.Grants is null || request.Rule != AccessRule.Key)
        {
            return null;
        }

        foreach (Grant grant in request.Grants())
        {
            PrincipalMatch match = GrantAccess.Match(grant, request);
            if (match != PrincipalMatch.None && (CallerSide.IsExemptFromLimits(request, match) || CallerSide.LimitsAllow(request)))
            {
                return new AccessDecision
                {
                    Decision = AccessDecisionType.Allowed,
                    Reason = $"grant {grant.GrantId}",
                    GrantId = grant.GrantId,
                };
            }
        }

        return null;
    }

    /// <summary>How the policy of the resource allows, with the statement that does and the one that leaves it to the account.</summary>
    public static PrincipalMatch OfResourcePolicy(AccessRequest request, out PolicyStatement? direct, out PolicyStatement? account)
    {
        (direct, account) = (null, null);
        PrincipalMatch best = PrincipalMatch.None;
        if (request.ResourcePolicy is not { } policy)
        {
            return best;
        }

        foreach (PolicyStatement statement in policy.Allows)
        {
            PrincipalMatch match = statement.Match(request);
            if (match == PrincipalMatch.Account)
            {
                account ??= statement;
            }
            else if (match > best)
            {
                direct = statement;
            }

            best = match > best ? match : best;
            if (best == PrincipalMatch.Direct)
            {
                break;
            }
        }

        return best;
    }

    /// <summary>The first statement of policies that allows; null when none does.</summary>
    public static PolicyStatement? FirstAllow(ImmutableArray<PolicyDocument> policies, AccessRequest request)
    {
        foreach (PolicyDocument policy in policies)
        {
            if (FirstAllow(policy, request) is { } statement)
            {
                return statement;
            }
        }

        return null;
    }

    /// <summary>The first statement of a policy that allows; null when none does.</summary>
    public static PolicyStatement? FirstAllow(PolicyDocument policy, AccessRequest request)
    {
        foreach (PolicyStatement statement in policy.Allows)
        {
            if (statement.Match(request) != PrincipalMatch.None)
            {
                return statement;
            }
        }

        return null;
    }

    /// <summary>A decision that allows.</summary>
    public static AccessDecision Allowed(string reason, PolicyStatement? first, PolicyStatement? second = null) => new()
    {
        Decision = AccessDecisionType.Allowed,
        Reason = reason,
        Statements = (first, second) switch
        {
            (null, null) => [],
            (null, _) => [second.Reference],
            (_, null) => [first.Reference],
            _ => [first.Reference, second.Reference],
        },
    };
}
