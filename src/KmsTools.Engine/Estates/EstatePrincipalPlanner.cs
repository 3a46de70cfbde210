using System.Collections.Immutable;
using KmsTools.Authorization;
using KmsTools.Keys;

namespace KmsTools.Estates;

/// <summary>Plans users, roles and groups, and how the store authorizes calls.</summary>
internal static class EstatePrincipalPlanner
{
    /// <summary>Creates a user, role or group, or adds what it lacks. Removes nothing from it.</summary>
    public static void Add(EstatePlanBuilder plan, EstatePrincipal wanted)
    {
        Principal? present = plan.State.Principals
            .FirstOrDefault(present => present.Type == wanted.Type && IsName(present.Name, wanted.Name.Value));
        Principal before = present ?? New(plan, wanted);
        Principal after = Merge(before, wanted);
        if (!Check(plan, wanted, present, after))
        {
            return;
        }

        string noun = wanted.Type.ToString().ToLowerInvariant();
        string[] differences = [.. Differences(before, after)];
        EstateChange change = new()
        {
            Kind = EstateKind.Principal,
            Name = after.Name,
            Action = present is null ? EstateAction.Created : differences.Length > 0 ? EstateAction.Updated : EstateAction.Unchanged,
            Description = present is null ? $"Create the {noun}"
                : differences.Length > 0 ? $"Change the {noun}: {string.Join(", ", differences)}"
                : "Nothing to do",
            Target = $"{noun} {after.Name}",
            Position = wanted.Position,
            Owner = wanted,
        };
        plan.Changes.Add(change.Action == EstateAction.Unchanged
            ? change
            : change with { Steps = [new SetPrincipalStep(after, IsNew: present is null)] });
    }

    /// <summary>Changes how the store authorizes calls.</summary>
    public static void Add(EstatePlanBuilder plan, EstateAuthorization wanted)
    {
        AuthorizationSettings before = plan.State.Authorization;
        AuthorizationSettings after = before with
        {
            Mode = wanted.Mode?.Value ?? before.Mode,
            DirectUseOfAwsManagedKeys = wanted.DirectUseOfAwsManagedKeys?.Value ?? before.DirectUseOfAwsManagedKeys,
            ServiceControlPolicies = wanted.ServiceControlPolicies is { } levels
                ? [.. levels.Select(static level => level.Select(static policy => policy.Value).ToImmutableArray())]
                : before.ServiceControlPolicies,
            ResourceControlPolicies = wanted.ResourceControlPolicies is { } policies
                ? [.. policies.Select(static policy => policy.Value)]
                : before.ResourceControlPolicies,
        };
        if (!Check(plan, wanted))
        {
            return;
        }

        string[] differences = [.. Differences(before, after)];
        EstateChange change = new()
        {
            Kind = EstateKind.Authorization,
            Name = "authorization",
            Action = differences.Length > 0 ? EstateAction.Updated : EstateAction.Unchanged,
            Description = differences.Length > 0 ? $"Change the authorization: {string.Join(", ", differences)}" : "Nothing to do",
            Target = "authorization",
            Position = wanted.Position,
            Owner = wanted,
        };
        plan.Changes.Add(differences.Length > 0 ? change with { Steps = [new SetAuthorizationStep(after)] } : change);
    }

    private static Principal New(EstatePlanBuilder plan, EstatePrincipal wanted) => new()
    {
        Type = wanted.Type,
        Name = wanted.Name.Value,
        Path = wanted.Path?.Value ?? "/",
        AccountId = plan.State.Store.AccountId,
        UniqueId = "",
        CreationDate = default,
    };

    private static Principal Merge(Principal present, EstatePrincipal wanted) => present with
    {
        Groups = [.. present.Groups.Concat(wanted.Groups.Select(static group => group.Value)).Distinct(StringComparer.OrdinalIgnoreCase)],
        TrustPolicy = wanted.TrustPolicy?.Value ?? present.TrustPolicy,
        MaxSessionDuration = wanted.MaxSessionDuration?.Value ?? present.MaxSessionDuration,
        PermissionsBoundary = wanted.PermissionsBoundary?.Value ?? present.PermissionsBoundary,
        Policies = present.Policies.SetItems(
            wanted.Policies.Select(static policy => KeyValuePair.Create(policy.Name, policy.Document.Value))),
        Tags =
        [
            .. present.Tags.Select(tag => wanted.Tags.FirstOrDefault(given => given.Key == tag.TagKey) is { } given
                ? new KeyTag(given.Key, given.Value)
                : tag),
            .. wanted.Tags.Where(given => present.Tags.All(tag => tag.TagKey != given.Key))
                .Select(static given => new KeyTag(given.Key, given.Value)),
        ],
    };

    private static bool Check(EstatePlanBuilder plan, EstatePrincipal wanted, Principal? present, Principal after)
    {
        int errors = plan.Errors.Count;
        plan.Check(wanted.Name.Position, () => PrincipalRules.RequireName(
            wanted.Name.Value, "name", PrincipalRules.MaxNameLength(wanted.Type)));
        if (wanted.Path is { } path && present is not null && path.Value != present.Path)
        {
            plan.Error(path.Position, $"The path of {present.Name} is {present.Path}. It is part of the ARN and does not change.");
        }

        if (wanted.MaxSessionDuration is { } duration && wanted.Type != PrincipalType.Role)
        {
            plan.Check(duration.Position, static () => throw KmsErrors.InvalidPrincipalValue(PrincipalRules.OnlyRolesHaveSessions));
        }

        foreach (EstatePolicy policy in wanted.Policies)
        {
            Parse(plan, policy.Document, PolicyForm.Identity, PolicyKind.IdentityBased);
        }

        Parse(plan, wanted.PermissionsBoundary, PolicyForm.Identity, PolicyKind.PermissionsBoundary);
        Parse(plan, wanted.TrustPolicy, PolicyForm.Trust, PolicyKind.ResourceBased);
        if (plan.Errors.Count == errors)
        {
            plan.Check(wanted.Position, () => PrincipalRules.Require(after, name => FindGroup(plan, name)));
        }

        return plan.Errors.Count == errors;
    }

    private static bool Check(EstatePlanBuilder plan, EstateAuthorization wanted)
    {
        int errors = plan.Errors.Count;
        foreach (Located<string> policy in wanted.ServiceControlPolicies?.SelectMany(static level => level) ?? [])
        {
            Parse(plan, policy, PolicyForm.Identity, PolicyKind.ServiceControl);
        }

        foreach (Located<string> policy in wanted.ResourceControlPolicies ?? [])
        {
            Parse(plan, policy, PolicyForm.ResourceControl, PolicyKind.ResourceControl);
        }

        return plan.Errors.Count == errors;
    }

    private static void Parse(EstatePlanBuilder plan, Located<string>? policy, PolicyForm form, PolicyKind kind)
    {
        if (policy is not null)
        {
            plan.Check(policy.Position, () => PolicyDocument.Parse(policy.Value, form, kind, ""));
        }
    }

    private static string? FindGroup(EstatePlanBuilder plan, string name) =>
        plan.State.Principals.FirstOrDefault(group => group.Type == PrincipalType.Group && IsName(group.Name, name))?.Name
        ?? plan.Estate.Principals.FirstOrDefault(group => group.Type == PrincipalType.Group && IsName(group.Name.Value, name))?.Name.Value;

    private static IEnumerable<string> Differences(Principal before, Principal after)
    {
        foreach ((string name, string policy) in after.Policies)
        {
            if (!IsSame(before.Policies.GetValueOrDefault(name), policy))
            {
                yield return $"policy {name}";
            }
        }

        if (!IsSame(before.PermissionsBoundary, after.PermissionsBoundary))
        {
            yield return "permissions boundary";
        }

        if (!IsSame(before.TrustPolicy, after.TrustPolicy))
        {
            yield return "trust policy";
        }

        if (before.MaxSessionDuration != after.MaxSessionDuration)
        {
            yield return "maximum session duration";
        }

        if (before.Groups.Length != after.Groups.Length)
        {
            yield return "groups";
        }

        if (!before.Tags.SequenceEqual(after.Tags))
        {
            yield return "tags";
        }
    }

    private static IEnumerable<string> Differences(AuthorizationSettings before, AuthorizationSettings after)
    {
        if (before.Mode != after.Mode)
        {
            yield return $"mode {after.Mode}";
        }

        if (before.DirectUseOfAwsManagedKeys != after.DirectUseOfAwsManagedKeys)
        {
            yield return after.DirectUseOfAwsManagedKeys ? "direct use of AWS managed keys" : "no direct use of AWS managed keys";
        }

        if (before.ServiceControlPolicies.Length != after.ServiceControlPolicies.Length
            || !before.ServiceControlPolicies.Zip(after.ServiceControlPolicies).All(static level => AreSame(level.First, level.Second)))
        {
            yield return "service control policies";
        }

        if (!AreSame(before.ResourceControlPolicies, after.ResourceControlPolicies))
        {
            yield return "resource control policies";
        }
    }

    private static bool AreSame(ImmutableArray<string> before, ImmutableArray<string> after) =>
        before.Length == after.Length && before.Zip(after).All(static pair => IsSame(pair.First, pair.Second));

    private static bool IsSame(string? before, string? after) =>
        before is null || after is null ? before == after : KeyPolicy.IsSame(before, after);

    private static bool IsName(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
