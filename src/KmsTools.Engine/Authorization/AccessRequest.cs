using System.Collections.Immutable;
using KmsTools.Identifiers;

namespace KmsTools.Authorization;

/// <summary>Who decides about an action.</summary>
internal enum AccessRule
{
    /// <summary>The policy of the key, directly or through the account of the key; a grant; across accounts both sides.</summary>
    Key,

    /// <summary>As <see cref="Key"/>, but the action works within the account of the key only.</summary>
    KeyOfOwnAccount,

    /// <summary>The policies of the caller only.</summary>
    IdentityOnly,

    /// <summary>The grant itself and the caller's policies: RetireGrant.</summary>
    Retirement,
}

/// <summary>One question about access: everything that the decision depends on, and nothing else.</summary>
internal sealed record AccessRequest
{
    /// <summary>The caller; null for a service that calls for itself.</summary>
    public required PrincipalArn? Principal { get; init; }

    /// <summary>The service that calls for itself, such as <c>logs.us-west-2.amazonaws.com</c>; null for all others.</summary>
    public string? Service { get; init; }

    /// <summary>The role of a session, or the user who federated, with its path; null for all others.</summary>
    public PrincipalArn? Issuer { get; init; }

    /// <summary>The action, such as <c>kms:Encrypt</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The ARN of what the action is on, or <c>*</c>.</summary>
    public required string Resource { get; init; }

    /// <summary>The ARN by which explanations name the resource; null where that is <see cref="Resource"/>.</summary>
    public string? Named { get; init; }

    /// <summary>The account of the resource.</summary>
    public required AccountId ResourceAccount { get; init; }

    /// <summary>Who decides.</summary>
    public AccessRule Rule { get; init; } = AccessRule.Key;

    /// <summary>The policy of the key, or the trust policy of a role; null where there is none.</summary>
    public PolicyDocument? ResourcePolicy { get; init; }

    /// <summary>The identity policies of the caller, those of its groups included.</summary>
    public ImmutableArray<PolicyDocument> IdentityPolicies { get; init; } = [];

    /// <summary>The permissions boundary; null for none.</summary>
    public PolicyDocument? PermissionsBoundary { get; init; }

    /// <summary>The session policies; default when the session has none, which does not limit it.</summary>
    public ImmutableArray<PolicyDocument> SessionPolicies { get; init; }

    /// <summary>The service control policies of the caller's account, level by level; default for none.</summary>
    public ImmutableArray<ImmutableArray<PolicyDocument>> ServiceControlPolicies { get; init; }

    /// <summary>The resource control policies of the account of the resource.</summary>
    public ImmutableArray<PolicyDocument> ResourceControlPolicies { get; init; } = [];

    /// <summary>Finds the grants on the key that may count for this caller; asked only when nothing else allows. Null for none.</summary>
    public Func<IEnumerable<Grant>>? Grants { get; init; }

    /// <summary>What conditions are compared with; asked only when a statement with a condition is reached.</summary>
    public required IRequestContext Context { get; init; }

    /// <summary>The question whether a caller may do something in a store, with the policies that the store has for that caller.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="access">The principals and control policies of the store.</param>
    /// <param name="accountId">The account of the store, which owns what is asked about.</param>
    /// <param name="action">The action, such as <c>kms:Encrypt</c>.</param>
    /// <param name="resource">The ARN of what the action is on, or <c>*</c>.</param>
    /// <param name="rule">Who decides.</param>
    /// <param name="resourcePolicy">The policy of the key, or the trust policy of a role; null where there is none.</param>
    /// <param name="context">What conditions are compared with.</param>
    /// <param name="grants">Finds the grants on the key; null for none.</param>
    public static AccessRequest Of(
        CallerIdentity caller,
        StoreAccess access,
        AccountId accountId,
        string action,
        string resource,
        AccessRule rule,
        PolicyDocument? resourcePolicy,
        IRequestContext context,
        Func<IEnumerable<Grant>>? grants = null) => new()
        {
            Principal = caller.Arn,
            Service = caller.Service,
            Issuer = caller.Issuer,
            Action = action,
            Resource = resource,
            ResourceAccount = accountId,
            Rule = rule,
            ResourcePolicy = resourcePolicy,
            IdentityPolicies = caller.Policies,
            PermissionsBoundary = caller.Boundary,
            SessionPolicies = caller.SessionPolicies,
            ServiceControlPolicies = caller.Arn?.AccountId == accountId ? access.ServiceControlPolicies : default,
            ResourceControlPolicies = access.ResourceControlPolicies,
            Grants = grants,
            Context = context,
        };

    /// <summary>The values that conditions have asked for.</summary>
    public ContextMemo Memo
    {
        get
        {
            // A copy of a request may have another context.
            if (field?.Context != Context)
            {
                field = new ContextMemo(Context);
            }

            return field;
        }
    }
}
