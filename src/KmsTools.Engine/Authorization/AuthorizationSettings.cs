using System.Collections.Immutable;

namespace KmsTools;

/// <summary>What a store does with decisions about access.</summary>
public enum AuthorizationMode
{
    /// <summary>Calls that are not allowed are refused. The mode of new stores.</summary>
    Enforce,

    /// <summary>
    /// Calls are decided on but never refused: the decision is in the event, and the caller is warned. The mode of stores that were made
    /// before permissions were enforced.
    /// </summary>
    Record,

    /// <summary>Nothing is decided.</summary>
    Off,
}

/// <summary>How a store authorizes calls, as immutable data.</summary>
public sealed record AuthorizationSettings
{
    /// <summary>The settings of a new store.</summary>
    public static AuthorizationSettings Default { get; } = new();

    /// <summary>What the store does with decisions.</summary>
    public AuthorizationMode Mode { get; init; } = AuthorizationMode.Enforce;

    /// <summary>
    /// Whether callers may use AWS managed keys directly. In AWS only the service may, on behalf of its users; here no service exists that
    /// could.
    /// </summary>
    public bool DirectUseOfAwsManagedKeys { get; init; }

    /// <summary>
    /// Service control policies (JSON), level by level, such as the organization's root, a unit, the account: each level must allow. No level
    /// allows everything.
    /// </summary>
    public ImmutableArray<ImmutableArray<string>> ServiceControlPolicies { get; init; } = [];

    /// <summary>Resource control policies (JSON) of the account. They only deny.</summary>
    public ImmutableArray<string> ResourceControlPolicies { get; init; } = [];
}
