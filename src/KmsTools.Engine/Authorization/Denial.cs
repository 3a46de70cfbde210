using System.Collections.Immutable;

namespace KmsTools.Authorization;

/// <summary>Explains why something is denied. Made only once that is clear.</summary>
internal static class Denial
{
    /// <summary>The denial by a statement.</summary>
    public static AccessDecision Of(AccessRequest request, PolicyStatement statement) => new()
    {
        Decision = AccessDecisionType.ExplicitlyDenied,
        Reason = statement.Reference.Kind switch
        {
            PolicyKind.ServiceControl => "service control policy",
            PolicyKind.ResourceControl => "explicit deny: resource control policy",
            PolicyKind.ResourceBased => "explicit deny: resource-based policy",
            PolicyKind.IdentityBased => "explicit deny: identity-based policy",
            PolicyKind.PermissionsBoundary => "explicit deny: permissions boundary",
            _ => "explicit deny: session policy",
        },
        Statements = [statement.Reference],
        DeniedBy = statement.Reference.Kind,
        IsOtherAccount = CallerSide.IsOfOtherAccount(request),
    };

    /// <summary>The denial of what nothing allows, with everything that would have to allow it.</summary>
    public static AccessDecision Of(AccessRequest request)
    {
        ImmutableArray<MissingSide> missing = [.. MissingSide.Of(request)];
        return new AccessDecision
        {
            Decision = AccessDecisionType.ImplicitlyDenied,
            Reason = missing[0].Reason,
            DeniedBy = missing[0].DeniedBy,
            IsOtherAccount = CallerSide.IsOfOtherAccount(request),
            Missing = [.. missing.Select(static side => side.Sentence)],
            FailedConditions = [.. missing.SelectMany(side => side.Policies).SelectMany(policy => FailedConditions(policy, request))],
        };
    }

    private static IEnumerable<FailedCondition> FailedConditions(PolicyDocument policy, AccessRequest request) =>
        from statement in policy.Allows
        where statement.MatchWithoutConditions(request) != PrincipalMatch.None
        from condition in statement.Conditions
        where !condition.Holds(request.Context)
        select new FailedCondition(
            statement.Reference,
            condition.OperatorText,
            condition.KeyText,
            condition.Expected,
            condition.Actual(request.Context)?.Values);
}
