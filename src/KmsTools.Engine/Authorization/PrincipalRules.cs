using System.Collections.Immutable;
using KmsTools.Identifiers;

namespace KmsTools.Authorization;

/// <summary>
/// What IAM accepts as users, roles and groups. Source: "IAM and AWS STS quotas" in the IAM User Guide, and the IAM API Reference. In paths
/// only the characters of names are accepted, so that every ARN can be parsed.
/// </summary>
internal static class PrincipalRules
{
    public const int MaxPolicyNameLength = 128;
    public const int MaxPathLength = 512;
    public const int MaxTags = 50;
    public const int MaxTagKeyLength = 128;
    public const int MaxTagValueLength = 256;
    public const int MaxGroupsOfUser = 10;
    public const int MaxBoundarySize = 6144;
    public const int MaxTrustPolicySize = 2048;
    public const int MinSessionDuration = 3600;
    public const int MaxSessionDuration = 43200;
    public const string OnlyRolesHaveSessions = "Only roles have a maximum session duration.";

    /// <summary>The longest name: 64 characters, for groups 128.</summary>
    public static int MaxNameLength(PrincipalType type) => type == PrincipalType.Group ? 128 : 64;

    /// <summary>The size of all identity policies together, without white space.</summary>
    public static int MaxPoliciesSize(PrincipalType type) => type switch
    {
        PrincipalType.User => 2048,
        PrincipalType.Role => 10240,
        _ => 5120,
    };

    /// <summary>How many an account can have.</summary>
    public static (string Quota, int Max) MaxCount(PrincipalType type) => type switch
    {
        PrincipalType.User => ("UsersPerAccount", 5000),
        PrincipalType.Role => ("RolesPerAccount", 1000),
        _ => ("GroupsPerAccount", 300),
    };

    /// <summary>Refuses a name that IAM refuses.</summary>
    /// <exception cref="KmsException">ValidationError.</exception>
    public static void RequireName(string name, string member, int maxLength)
    {
        if (name.Length == 0 || name.Length > maxLength)
        {
            throw KmsErrors.InvalidPrincipalValue($"The {member} must have 1 to {maxLength} characters, not {name.Length}.");
        }

        if (!PrincipalArn.IsName(name))
        {
            throw KmsErrors.InvalidPrincipalValue(
                $"The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-");
        }
    }

    /// <summary>Refuses a principal that IAM would not create. Returns it with its groups as they are spelled.</summary>
    /// <exception cref="KmsException">ValidationError, LimitExceeded, MalformedPolicyDocument; NoSuchEntity for a group.</exception>
    /// <param name="principal">The principal.</param>
    /// <param name="findGroup">Returns the name of a group as it is spelled; null if there is none.</param>
    public static Principal Require(Principal principal, Func<string, string?> findGroup)
    {
        RequirePath(principal.Path);
        RequireTags(principal);
        RequirePolicyNames(principal);
        RequireBoundary(principal);
        RequireTrust(principal);
        PrincipalPolicies.Require(principal);
        RequireSizes(principal);
        return principal with { Groups = RequireGroups(principal, findGroup) };
    }

    private static void RequirePath(string path)
    {
        bool isValid = path == "/" || (path.Length is > 2 and <= MaxPathLength && path[0] == '/' && path[^1] == '/'
            && path[1..^1].Split('/').All(PrincipalArn.IsName));
        if (!isValid)
        {
            throw KmsErrors.InvalidPrincipalValue(
                "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or "
                    + $"/+=,.@_-, at most {MaxPathLength} in all.");
        }
    }

    private static void RequireTags(Principal principal)
    {
        if (principal.Type == PrincipalType.Group && !principal.Tags.IsEmpty)
        {
            throw KmsErrors.InvalidPrincipalValue("Groups have no tags.");
        }

        if (principal.Tags.Length > MaxTags)
        {
            throw KmsErrors.PrincipalQuota($"TagsPer{principal.Type}", MaxTags);
        }

        foreach (KeyTag tag in principal.Tags)
        {
            if (tag.TagKey.Length is 0 or > MaxTagKeyLength || tag.TagValue.Length > MaxTagValueLength)
            {
                throw KmsErrors.InvalidPrincipalValue(
                    $"The key of a tag has 1 to {MaxTagKeyLength} characters, its value 0 to {MaxTagValueLength}.");
            }

            if (tag.TagKey.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
            {
                throw KmsErrors.InvalidPrincipalValue("Tags beginning with aws: are reserved.");
            }
        }

        if (principal.Tags.DistinctBy(static tag => tag.TagKey, StringComparer.OrdinalIgnoreCase).Count() < principal.Tags.Length)
        {
            throw KmsErrors.InvalidPrincipalValue("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
        }
    }

    private static void RequirePolicyNames(Principal principal)
    {
        foreach (string name in principal.Policies.Keys)
        {
            RequireName(name, "policyName", MaxPolicyNameLength);
        }
    }

    private static void RequireBoundary(Principal principal)
    {
        if (principal is { Type: PrincipalType.Group, PermissionsBoundary: not null })
        {
            throw KmsErrors.InvalidPrincipalValue("Groups have no permissions boundary.");
        }
    }

    private static void RequireTrust(Principal principal)
    {
        if (principal.MaxSessionDuration is < MinSessionDuration or > MaxSessionDuration)
        {
            throw KmsErrors.InvalidPrincipalValue(
                $"The maximum session duration of a role is {MinSessionDuration} to {MaxSessionDuration} seconds, "
                    + $"not {principal.MaxSessionDuration}.");
        }

        if ((principal.TrustPolicy is null) == (principal.Type == PrincipalType.Role))
        {
            throw KmsErrors.InvalidPrincipalValue(
                principal.Type == PrincipalType.Role ? "A role needs a trust policy." : "Only roles have a trust policy.");
        }
    }

    private static void RequireSizes(Principal principal)
    {
        if (principal.Policies.Values.Sum(SizeOf) > MaxPoliciesSize(principal.Type))
        {
            throw KmsErrors.PrincipalPoliciesTooLong(principal.Type, principal.Name, MaxPoliciesSize(principal.Type));
        }

        if (principal.PermissionsBoundary is { } boundary && SizeOf(boundary) > MaxBoundarySize)
        {
            throw KmsErrors.PrincipalQuota("PolicySize", MaxBoundarySize);
        }

        if (principal.TrustPolicy is { } trust && SizeOf(trust) > MaxTrustPolicySize)
        {
            throw KmsErrors.PrincipalQuota("ACLSizePerRole", MaxTrustPolicySize);
        }
    }

    private static ImmutableArray<string> RequireGroups(Principal principal, Func<string, string?> findGroup)
    {
        if (principal.Type != PrincipalType.User && !principal.Groups.IsEmpty)
        {
            throw KmsErrors.InvalidPrincipalValue("Only users are in groups.");
        }

        ImmutableArray<string> groups =
        [
            .. principal.Groups
                .Select(name => findGroup(name) ?? throw KmsErrors.NoSuchPrincipal(PrincipalType.Group, name))
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
        return groups.Length <= MaxGroupsOfUser ? groups : throw KmsErrors.PrincipalQuota("GroupsPerUser", MaxGroupsOfUser);
    }

    // IAM does not count white space.
    private static int SizeOf(string policy) => policy.Count(static character => !char.IsWhiteSpace(character));
}
