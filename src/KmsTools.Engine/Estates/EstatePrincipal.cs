using System.Collections.Immutable;

namespace KmsTools.Estates;

/// <summary>
/// A user, role or group, identified by its name regardless of case. Policies, tags and groups that are not named are kept.
/// </summary>
public sealed record EstatePrincipal : EstatePart
{
    /// <summary>What it is.</summary>
    public required PrincipalType Type { get; init; }

    /// <summary>The name: 1-64 characters, for groups 128.</summary>
    public required Located<string> Name { get; init; }

    /// <summary>The path; <c>/</c> for a new principal when null. Cannot be changed.</summary>
    public Located<string>? Path { get; init; }

    /// <summary>The names of groups of a user.</summary>
    public ImmutableArray<Located<string>> Groups { get; init; } = [];

    /// <summary>Who may assume a role (JSON). A new role needs one.</summary>
    public Located<string>? TrustPolicy { get; init; }

    /// <summary>The longest session of a role in seconds, 3600-43200; 3600 for a new role when null.</summary>
    public Located<int>? MaxSessionDuration { get; init; }

    /// <summary>The identity policies.</summary>
    public ImmutableArray<EstatePolicy> Policies { get; init; } = [];

    /// <summary>The permissions boundary (JSON). Groups have none.</summary>
    public Located<string>? PermissionsBoundary { get; init; }

    /// <summary>The tags. Groups have none.</summary>
    public ImmutableArray<EstateTag> Tags { get; init; } = [];
}

/// <summary>An identity policy.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Document">The document (JSON).</param>
public sealed record EstatePolicy(string Name, Located<string> Document);

/// <summary>How a store authorizes calls. Null members are left as they are.</summary>
public sealed record EstateAuthorization : EstatePart
{
    /// <summary>What happens to calls that are not allowed.</summary>
    public Located<AuthorizationMode>? Mode { get; init; }

    /// <summary>Whether callers may use AWS managed keys directly.</summary>
    public Located<bool>? DirectUseOfAwsManagedKeys { get; init; }

    /// <summary>All service control policies (JSON), level by level.</summary>
    public IReadOnlyList<IReadOnlyList<Located<string>>>? ServiceControlPolicies { get; init; }

    /// <summary>All resource control policies (JSON).</summary>
    public IReadOnlyList<Located<string>>? ResourceControlPolicies { get; init; }
}
