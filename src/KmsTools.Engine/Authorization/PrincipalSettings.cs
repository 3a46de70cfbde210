using System.Collections.Immutable;

namespace KmsTools;

/// <summary>
/// What a user, role or group is given when it is created, or what changes about it. Null: none at creation, unchanged later.
/// </summary>
public sealed record PrincipalSettings
{
    /// <summary>Nothing but a name.</summary>
    public static PrincipalSettings None { get; } = new();

    /// <summary>
    /// The path, only at creation: <c>/</c>, or names between slashes such as <c>/ops/nightly/</c>; at most 512 characters.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>All tags, at most 50. Keys are unique regardless of case. Not for groups.</summary>
    public ImmutableArray<KeyTag>? Tags { get; init; }

    /// <summary>
    /// All identity policies (JSON) by their names (1-128 characters). Together, without white space, at most 2,048 characters for a user,
    /// 10,240 for a role and 5,120 for a group.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Policies { get; init; }

    /// <summary>
    /// The permissions boundary (JSON), at most 6,144 characters without white space; empty to remove it. Not for groups.
    /// </summary>
    public string? PermissionsBoundary { get; init; }

    /// <summary>The names of all groups of a user, at most 10.</summary>
    public ImmutableArray<string>? Groups { get; init; }

    /// <summary>Who may assume a role (JSON), at most 2,048 characters without white space. A role always has one.</summary>
    public string? TrustPolicy { get; init; }

    /// <summary>The longest session of a role in seconds, 3600-43200.</summary>
    public int? MaxSessionDuration { get; init; }
}
