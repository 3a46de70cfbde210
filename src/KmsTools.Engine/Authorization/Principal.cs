using System.Collections.Immutable;

namespace KmsTools;

/// <summary>What a principal of a store is.</summary>
public enum PrincipalType
{
    /// <summary>A person or an application with long-term credentials.</summary>
    User,

    /// <summary>A set of permissions that others assume for a session.</summary>
    Role,

    /// <summary>A collection of users that share policies. It makes no calls and is never named in a policy.</summary>
    Group,
}

/// <summary>
/// A user, role or group of the store's account, as immutable data. Once a store has registered a user or role, only the policies attached
/// to it count; a user or role that is not registered may do everything that key policies leave to its account.
/// </summary>
public sealed record Principal
{
    /// <summary>What it is.</summary>
    public required PrincipalType Type { get; init; }

    /// <summary>The name, unique among the principals of its type regardless of case; 1-64 characters (groups: 128).</summary>
    public required string Name { get; init; }

    /// <summary>The path: <c>/</c>, or a text that begins and ends with it, at most 512 characters.</summary>
    public string Path { get; init; } = "/";

    /// <summary>The account.</summary>
    public required string AccountId { get; init; }

    /// <summary>AIDA, AROA or AGPA and 17 letters and digits, random. A principal that is created again gets another one.</summary>
    public required string UniqueId { get; init; }

    /// <summary>When it was created (UTC).</summary>
    public required DateTimeOffset CreationDate { get; init; }

    /// <summary>The tags, in the order in which they were added. Groups have none.</summary>
    public ImmutableArray<KeyTag> Tags { get; init; } = [];

    /// <summary>The identity policies (JSON) by their names.</summary>
    public ImmutableSortedDictionary<string, string> Policies { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The permissions boundary (JSON); null for none. Groups have none.</summary>
    public string? PermissionsBoundary { get; init; }

    /// <summary>The names of the groups of a user, in ordinal order.</summary>
    public ImmutableArray<string> Groups { get; init; } = [];

    /// <summary>Who may assume a role (JSON); null for users and groups.</summary>
    public string? TrustPolicy { get; init; }

    /// <summary>The longest session of a role in seconds, 3600-43200.</summary>
    public int MaxSessionDuration { get; init; } = 3600;

    /// <summary>The Amazon Resource Name, such as <c>arn:aws:iam::111122223333:user/alice</c>.</summary>
    public string Arn => $"arn:aws:iam::{AccountId}:{Type switch
    {
        PrincipalType.User => "user",
        PrincipalType.Role => "role",
        _ => "group",
    }}{Path}{Name}";
}
