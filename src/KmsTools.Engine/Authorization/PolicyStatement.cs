using System.Collections.Immutable;

namespace KmsTools.Authorization;

/// <summary>A compiled statement of a policy.</summary>
internal sealed class PolicyStatement
{
    /// <summary>How decisions name it.</summary>
    public required StatementReference Reference { get; init; }

    /// <summary>Whom it applies to; null in policies without principals, which apply to the one that they are attached to.</summary>
    public ImmutableArray<PrincipalPattern>? Principals { get; init; }

    /// <summary>Whether it applies to everybody but its principals.</summary>
    public bool IsNotPrincipal { get; init; }

    /// <summary>The actions.</summary>
    public required ImmutableArray<TextPattern> Actions { get; init; }

    /// <summary>Whether it applies to all actions but these.</summary>
    public bool IsNotAction { get; init; }

    /// <summary>The resources; null in trust policies, whose statements apply to the role.</summary>
    public ImmutableArray<ArnPattern>? Resources { get; init; }

    /// <summary>Whether it applies to all resources but these.</summary>
    public bool IsNotResource { get; init; }

    /// <summary>The conditions, all of which must hold.</summary>
    public ImmutableArray<Condition> Conditions { get; init; } = [];

    /// <summary>How it applies to the caller of a request; None when it does not apply to the request.</summary>
    public PrincipalMatch Match(AccessRequest request)
    {
        PrincipalMatch match = MatchWithoutConditions(request);
        return match != PrincipalMatch.None && ConditionsHold(request.Context) ? match : PrincipalMatch.None;
    }

    /// <summary>How it would apply if its conditions held.</summary>
    public PrincipalMatch MatchWithoutConditions(AccessRequest request)
    {
        if (!AppliesToAction(request))
        {
            return PrincipalMatch.None;
        }

        PrincipalMatch match = MatchPrincipal(request);
        return match != PrincipalMatch.None && AppliesToResource(request) ? match : PrincipalMatch.None;
    }

    /// <summary>The same statement without its conditions.</summary>
    public PolicyStatement Unconditional() => Conditions.IsEmpty ? this : new PolicyStatement
    {
        Reference = Reference,
        Principals = Principals,
        IsNotPrincipal = IsNotPrincipal,
        Actions = Actions,
        IsNotAction = IsNotAction,
        Resources = Resources,
        IsNotResource = IsNotResource,
    };

    private PrincipalMatch MatchPrincipal(AccessRequest request)
    {
        if (Principals is not { } principals)
        {
            return PrincipalMatch.Direct;
        }

        PrincipalMatch best = PrincipalMatch.None;
        foreach (PrincipalPattern principal in principals)
        {
            PrincipalMatch match = principal.Match(request);
            best = match > best ? match : best;
        }

        // "Deny with NotPrincipal always denies principals that have a permissions boundary" (Principal, IAM User Guide).
        return !IsNotPrincipal ? best
            : best == PrincipalMatch.None || (!Reference.IsAllow && request.PermissionsBoundary is not null) ? PrincipalMatch.Direct
            : PrincipalMatch.None;
    }

    private bool AppliesToAction(AccessRequest request)
    {
        foreach (TextPattern action in Actions)
        {
            if (action.Matches(request.Action, request.Context, ignoreCase: true))
            {
                return !IsNotAction;
            }
        }

        return IsNotAction;
    }

    private bool AppliesToResource(AccessRequest request)
    {
        if (Resources is not { } resources)
        {
            return true;
        }

        foreach (ArnPattern resource in resources)
        {
            if (resource.Matches(request.Resource, request.Context))
            {
                return !IsNotResource;
            }
        }

        return IsNotResource;
    }

    private bool ConditionsHold(IRequestContext context)
    {
        foreach (Condition condition in Conditions)
        {
            if (!condition.Holds(context))
            {
                return false;
            }
        }

        return true;
    }
}
