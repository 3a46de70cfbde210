using System.Collections.Immutable;
using KmsTools.Identifiers;
using KmsTools.Operations;

namespace KmsTools.Authorization;

/// <summary>Decides about the permissions of calls, and acts on what it decides as the mode of the store says.</summary>
internal sealed class Authorizer
{
    private readonly KeyPolicyCache _keyPolicies = new();

    /// <summary>Refuses a call without a permission that it needs; in mode Record, warns about it.</summary>
    /// <exception cref="KmsException">AccessDeniedException.</exception>
    public void Require(OperationContext call, Permission permission)
    {
        AuthorizationMode mode = call.Access.Settings.Mode;
        if (mode != AuthorizationMode.Off && Decide(call, permission) is { IsAllowed: false } decision)
        {
            KmsException denial = KmsErrors.AccessDenied(decision, call.Caller.PrincipalArn, permission);
            if (mode == AuthorizationMode.Enforce)
            {
                call.AdditionalEventData[AuditNames.Members.Authorization] = decision.Explain();
                throw denial;
            }

            call.AdditionalEventData[AuditNames.Members.Authorization] = $"would be denied: {decision.Explain()}";
            call.Observer.Warn($"This call would be denied, if permissions were enforced: {denial.Message}");
        }

        RequireManageable(call, permission);
    }

    /// <summary>Decides about a permission, whatever the mode of the store.</summary>
    public AccessDecision Decide(OperationContext call, Permission permission)
    {
        CallerIdentity identity = call.Identity;
        if (identity.Arn is { } principal && principal.AccountId != call.AccountId && permission.Rule == AccessRule.IdentityOnly)
        {
            // In AWS such a call is about the account of the caller, which is not in this store.
            return new AccessDecision
            {
                Decision = AccessDecisionType.ImplicitlyDenied,
                Reason = "cross-account: operation not supported",
                DeniedBy = PolicyKind.IdentityBased,
                IsOtherAccount = true,
                Missing = [$"This store is the account {call.AccountId}, which the caller is not of."],
            };
        }

        return Evaluator.Decide(AccessRequest.Of(
            identity,
            call.Access,
            call.AccountId,
            "kms:" + permission.Action,
            permission.Resource,
            permission.Rule,
            permission.IsOnKey && permission.Rule != AccessRule.Retirement ? _keyPolicies.Of(permission.Key!) : null,
            new RequestContext(call, identity, permission),
            permission.IsOnKey ? () => FindGrants(call, permission) : null) with { Named = permission.AliasOfDraft });
    }

    // Whatever the policies and the mode: only AWS manages its keys.
    private static void RequireManageable(OperationContext call, Permission permission)
    {
        if (permission.Key is { KeyManager: KeyManagerType.AWS } key && !call.Operation.ReadOnly
            && permission.Action is not ("CreateGrant" or "RetireGrant" or "RevokeGrant"))
        {
            throw KmsErrors.AwsManagesKey(call.Caller.PrincipalArn, permission.Action, key.Arn);
        }
    }

    private static IEnumerable<Grant> FindGrants(OperationContext call, Permission permission)
    {
        if (permission.Grant is { } retired)
        {
            return [retired];
        }

        IEnumerable<Grant> grants = GranteesOf(call) is { } grantees
            ? grantees.SelectMany(grantee => GrantRules.InForce(call, permission.Key!, grantee))
            : GrantRules.InForce(call, permission.Key!, null);
        return call.Request is CreateGrantRequest child && permission.Action == nameof(CreateGrant)
            ? WithScope(grants, child)
            : grants;
    }

    // A grant with CreateGrant passes on no more than itself.
    private static IEnumerable<Grant> WithScope(IEnumerable<Grant> grants, CreateGrantRequest child)
    {
        ImmutableArray<GrantOperation> operations = [.. child.Operations!.Select(Enum.Parse<GrantOperation>)];
        GrantConstraints? constraints = GrantRules.Constraints(child.Constraints);
        return grants.Where(parent => GrantScope.Covers(parent, operations, constraints));
    }

    /// <summary>The names under which a caller can be the grantee of a grant; null where they cannot be listed.</summary>
    private static ImmutableArray<GrantPrincipal>? GranteesOf(OperationContext call)
    {
        CallerIdentity identity = call.Identity;
        if (identity.Arn is not { } arn)
        {
            return identity.Service is { } service ? [new GrantPrincipal(service, IsService: true)] : [];
        }

        // The ARN of a session lacks the path of its role, which only the session, or the store for a role of its own, may know.
        bool isPathKnown = identity.Caller.Session is not null || (identity.Principal is not null && arn.AccountId == call.AccountId);
        return arn.Kind == PrincipalKind.AssumedRole && !isPathKnown
            ? null
            :
            [
                new GrantPrincipal(arn.Text, IsService: false),
                .. identity.Issuer is { } issuer ? ImmutableArray.Create(new GrantPrincipal(issuer.Text, IsService: false)) : [],
                new GrantPrincipal(PrincipalArn.OfAccount(arn.AccountId), IsService: false),
                new GrantPrincipal(arn.AccountId, IsService: false),
            ];
    }
}
