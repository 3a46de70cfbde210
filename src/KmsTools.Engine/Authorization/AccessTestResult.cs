using System.Collections.Immutable;

namespace KmsTools;

/// <summary>Whether a principal is allowed to do something, and why. Nothing was called and nothing is recorded.</summary>
public sealed record AccessTestResult
{
    /// <summary>The principal: an ARN, or the name of a service.</summary>
    public required string Principal { get; init; }

    /// <summary>The action, such as <c>kms:Encrypt</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The ARN of what the action is on, or <c>*</c>.</summary>
    public required string Resource { get; init; }

    /// <summary>The result.</summary>
    public required AccessDecisionType Decision { get; init; }

    /// <summary>
    /// What decided, such as <c>key policy: account + identity-based policy</c>, <c>grant</c> and its ID, <c>no identity-based policy</c>
    /// or <c>explicit deny: resource-based policy</c>.
    /// </summary>
    public required string Reason { get; init; }

    /// <summary>The statements that decided: those that allow, or the one that denies.</summary>
    public ImmutableArray<StatementReference> Statement { get; init; } = [];

    /// <summary>The ID of the grant that allows, or null.</summary>
    public string? GrantId { get; init; }

    /// <summary>What would have to allow, where nothing does: one sentence for each side.</summary>
    public ImmutableArray<string> Missing { get; init; } = [];

    /// <summary>The conditions that kept statements from allowing, with the values of the call.</summary>
    public ImmutableArray<FailedCondition> FailedCondition { get; init; } = [];

    /// <summary>The message of the error that AWS KMS answers with; null when allowed.</summary>
    public string? Message { get; init; }

    /// <summary>The result of a decision.</summary>
    internal static AccessTestResult Of(string principal, Authorization.Permission permission, AccessDecision decision) => new()
    {
        Principal = principal,
        Action = "kms:" + permission.Action,
        Resource = permission.Named,
        Decision = decision.Decision,
        Reason = decision.Reason,
        Statement = decision.Statements,
        GrantId = decision.GrantId,
        Missing = decision.Missing,
        FailedCondition = decision.FailedConditions,
        Message = decision.IsAllowed ? null : KmsErrors.AccessDenied(decision, principal, permission).Message,
    };
}

/// <summary>What one principal may do with a key for one reason, or may not: a row of the table who may do what.</summary>
public sealed record KeyAccess
{
    /// <summary>The principal: an ARN, or the name of a service.</summary>
    public required string Principal { get; init; }

    /// <summary>The ARN of the key.</summary>
    public required string KeyArn { get; init; }

    /// <summary>The result for all these operations.</summary>
    public required AccessDecisionType Decision { get; init; }

    /// <summary>What decided.</summary>
    public required string Reason { get; init; }

    /// <summary>The operations, in the order of their names.</summary>
    public required ImmutableArray<string> Operation { get; init; }

    /// <summary>Whether these are all operations that make sense for the key.</summary>
    public bool IsEverything { get; init; }

    /// <summary>
    /// The condition keys on which it depends whether statements allow: without the values of a call, such as an encryption context, their
    /// conditions fail.
    /// </summary>
    public ImmutableArray<string> DependsOn { get; init; } = [];
}
