using KmsTools.Authorization;

namespace KmsTools.Sts;

/// <summary>Decides about the permissions of calls of AWS STS, as the mode of the store says.</summary>
internal static class StsAuthorizer
{
    /// <summary>Refuses a call without a permission that it needs.</summary>
    /// <param name="call">The call.</param>
    /// <param name="action">The action without its prefix, such as <c>AssumeRole</c>.</param>
    /// <param name="resource">The ARN of the role, or of the federated user.</param>
    /// <param name="trust">The trust policy of the role; null where only policies of the caller decide.</param>
    /// <param name="facts">The values of the request for condition keys.</param>
    /// <exception cref="KmsException">AccessDenied.</exception>
    public static void Require(StsCall call, string action, string resource, PolicyDocument? trust, Func<string, ConditionValues?> facts)
    {
        AuthorizationMode mode = call.Access.Settings.Mode;
        if (mode == AuthorizationMode.Off || Decide(call, action, resource, trust, facts) is not { IsAllowed: false } decision)
        {
            return;
        }

        if (mode == AuthorizationMode.Enforce)
        {
            call.AdditionalEventData[AuditNames.Members.Authorization] = decision.Explain();
            throw KmsErrors.StsAccessDenied(call.Caller.PrincipalArn, action, resource);
        }

        call.AdditionalEventData[AuditNames.Members.Authorization] = $"would be denied: {decision.Explain()}";
    }

    private static AccessDecision Decide(
        StsCall call, string action, string resource, PolicyDocument? trust, Func<string, ConditionValues?> facts) =>
        Evaluator.Decide(AccessRequest.Of(
            call.Identity,
            call.Access,
            call.AccountId,
            "sts:" + action,
            resource,
            trust is null ? AccessRule.IdentityOnly : AccessRule.Key,
            trust,
            new StsRequestContext(call, facts)));
}
