using System.Collections.Immutable;

namespace KmsTools;

/// <summary>The result of a decision about access.</summary>
public enum AccessDecisionType
{
    /// <summary>Something allows the action, and nothing denies it.</summary>
    Allowed,

    /// <summary>Nothing allows the action on one of the sides that must.</summary>
    ImplicitlyDenied,

    /// <summary>A statement denies the action.</summary>
    ExplicitlyDenied,
}

/// <summary>The kinds of policies that take part in a decision.</summary>
public enum PolicyKind
{
    /// <summary>The policy of a key, or the trust policy of a role: it is attached to what is accessed.</summary>
    ResourceBased,

    /// <summary>A policy of a user, a role or one of the groups of a user.</summary>
    IdentityBased,

    /// <summary>The permissions boundary of a user or role.</summary>
    PermissionsBoundary,

    /// <summary>A policy of a session.</summary>
    Session,

    /// <summary>A service control policy.</summary>
    ServiceControl,

    /// <summary>A resource control policy.</summary>
    ResourceControl,
}

/// <summary>A statement of a policy, as decisions name it.</summary>
/// <param name="Kind">The kind of the policy.</param>
/// <param name="PolicyName">The name of the policy; <c>default</c> for that of a key.</param>
/// <param name="Sid">The Sid of the statement, or null.</param>
/// <param name="Number">The number of the statement in its policy, from 1.</param>
/// <param name="IsAllow">Whether it allows; it denies otherwise.</param>
public sealed record StatementReference(PolicyKind Kind, string PolicyName, string? Sid, int Number, bool IsAllow)
{
    /// <summary>A short name for people, such as <c>statement 2 (AllowUse) of default</c>.</summary>
    public override string ToString() => $"statement {Number}{(Sid is null ? "" : $" ({Sid})")} of {PolicyName}";
}

/// <summary>A condition that kept a statement from applying, with the values of the call.</summary>
/// <param name="Statement">The statement, which fits but for this condition.</param>
/// <param name="Operator">The condition operator as it is written.</param>
/// <param name="Key">The condition key as it is written.</param>
/// <param name="Expected">The values of the policy.</param>
/// <param name="Actual">The values of the call; null when the call does not have the key.</param>
public sealed record FailedCondition(
    StatementReference Statement, string Operator, string Key, ImmutableArray<string> Expected, ImmutableArray<string>? Actual)
{
    /// <summary>A sentence for people, with the values of both sides.</summary>
    public override string ToString() =>
        $"{Statement}: {Operator} {Key} expects {string.Join(" or ", Expected)}; "
        + (Actual is { } actual ? $"the call has {string.Join(", ", actual)}." : "the call does not have it.");
}

/// <summary>A decision about access, with what it rests on.</summary>
public sealed record AccessDecision
{
    /// <summary>The result.</summary>
    public required AccessDecisionType Decision { get; init; }

    /// <summary>
    /// What decided, such as <c>key policy: account + identity-based policy</c>, <c>grant</c> and its ID, <c>no identity-based policy</c>
    /// or <c>explicit deny: resource-based policy</c>.
    /// </summary>
    public required string Reason { get; init; }

    /// <summary>The statements that decided: those that allow, or the one that denies. Empty when none fits, and for grants.</summary>
    public ImmutableArray<StatementReference> Statements { get; init; } = [];

    /// <summary>The ID of the grant that allows, or null.</summary>
    public string? GrantId { get; init; }

    /// <summary>The kind of policy that AWS names in its message about a denial; null when allowed.</summary>
    public PolicyKind? DeniedBy { get; init; }

    /// <summary>Whether what is denied belongs to another account than the caller, about which AWS says less.</summary>
    public bool IsOtherAccount { get; init; }

    /// <summary>What would have to allow, for a denial that no statement is the cause of: one sentence for each side.</summary>
    public ImmutableArray<string> Missing { get; init; } = [];

    /// <summary>The conditions that kept statements from allowing.</summary>
    public ImmutableArray<FailedCondition> FailedConditions { get; init; } = [];

    /// <summary>Whether the action is allowed.</summary>
    public bool IsAllowed => Decision == AccessDecisionType.Allowed;

    /// <summary>The decision for an event: the reason, and the statement where there is one.</summary>
    internal string Explain() => Statements is [var statement, ..]
        ? $"{Reason} ({statement.PolicyName}, statement {statement.Sid ?? $"{statement.Number}"})"
        : Reason;
}
