using System.Collections.Immutable;

namespace KmsTools.Authorization;

/// <summary>Finds statements that deny, in the order in which AWS names them.</summary>
internal static class ExplicitDeny
{
    /// <summary>The first statement that denies; null when none does.</summary>
    public static PolicyStatement? Find(AccessRequest request) =>
        (CallerSide.IsGuarded(request) ? OfLevels(request) ?? OfPolicies(request.ResourceControlPolicies, request) : null)
        ?? (request.Rule is AccessRule.Key or AccessRule.KeyOfOwnAccount ? OfPolicy(request.ResourcePolicy, request) : null)
        ?? OfPolicies(request.IdentityPolicies, request)
        ?? OfPolicy(request.PermissionsBoundary, request)
        ?? OfPolicies(request.SessionPolicies, request);

    private static PolicyStatement? OfLevels(AccessRequest request)
    {
        if (request.ServiceControlPolicies.IsDefaultOrEmpty || request.Principal is null)
        {
            return null;
        }

        foreach (ImmutableArray<PolicyDocument> level in request.ServiceControlPolicies)
        {
            if (OfPolicies(level, request) is { } statement)
            {
                return statement;
            }
        }

        return null;
    }

    private static PolicyStatement? OfPolicies(ImmutableArray<PolicyDocument> policies, AccessRequest request)
    {
        if (policies.IsDefaultOrEmpty)
        {
            return null;
        }

        foreach (PolicyDocument policy in policies)
        {
            if (OfPolicy(policy, request) is { } statement)
            {
                return statement;
            }
        }

        return null;
    }

    private static PolicyStatement? OfPolicy(PolicyDocument? policy, AccessRequest request)
    {
        if (policy is null)
        {
            return null;
        }

        foreach (PolicyStatement statement in policy.Denies)
        {
            if (statement.Match(request) != PrincipalMatch.None)
            {
                return statement;
            }
        }

        return null;
    }
}
