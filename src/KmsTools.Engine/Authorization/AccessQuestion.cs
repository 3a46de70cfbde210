using System.Collections.Immutable;
using KmsTools.Identifiers;

namespace KmsTools;

/// <summary>Whether a principal may perform an operation with a key of a store.</summary>
public sealed record AccessQuestion
{
    /// <summary>Key ID, key ARN, alias name or alias ARN. An alias counts as the alias by which a request names the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>
    /// The operation, such as <c>Encrypt</c>; <c>ReEncryptFrom</c> and <c>ReEncryptTo</c> ask about one side of ReEncrypt.
    /// </summary>
    public required string Operation { get; init; }

    /// <summary>The principal: an ARN of a user, a role, a session or an account (for its root user), or the name of a service.</summary>
    public required string Principal { get; init; }

    /// <summary>The encryption context of the call; that of the constraint for CreateGrant. Null for none.</summary>
    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }

    /// <summary>The grant tokens of the call; for RetireGrant that of the grant.</summary>
    public ImmutableArray<string> GrantTokens { get; init; } = [];

    /// <summary>
    /// Values of condition keys, such as <c>kms:ViaService</c> or <c>aws:SourceIp</c>, which override those that the call would have. A key
    /// without values is absent.
    /// </summary>
    public IReadOnlyDictionary<string, ImmutableArray<string>> Context { get; init; } =
        ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>The Region of the call; null for that of the store.</summary>
    public RegionName? Region { get; init; }
}

/// <summary>Whether a principal may do something, with nothing but what is given: no store, no key, no value that is not stated.</summary>
public sealed record CustomAccessQuestion
{
    /// <summary>The principal: an ARN of a user, a role, a session or an account (for its root user), or the name of a service.</summary>
    public required string Principal { get; init; }

    /// <summary>The action, such as <c>kms:Encrypt</c>; the prefix may be left out.</summary>
    public required string Action { get; init; }

    /// <summary>The ARN of what the action is on; <c>*</c> for none.</summary>
    public string Resource { get; init; } = "*";

    /// <summary>The account of the resource; null for that in its ARN, or that of the principal.</summary>
    public AccountId? ResourceAccount { get; init; }

    /// <summary>The key policy (JSON); null for the default policy of the account of the resource.</summary>
    public string? KeyPolicy { get; init; }

    /// <summary>The identity policies (JSON) of the principal. The root user of an account needs none.</summary>
    public ImmutableArray<string> IdentityPolicies { get; init; } = [];

    /// <summary>The permissions boundary (JSON), or null.</summary>
    public string? PermissionsBoundary { get; init; }

    /// <summary>The session policy (JSON), or null.</summary>
    public string? SessionPolicy { get; init; }

    /// <summary>The service control policies (JSON), level by level: one of each level has to allow. None allow everything.</summary>
    public ImmutableArray<ImmutableArray<string>> ServiceControlPolicies { get; init; } = [];

    /// <summary>The resource control policies (JSON) of the account of the resource.</summary>
    public ImmutableArray<string> ResourceControlPolicies { get; init; } = [];

    /// <summary>The values of condition keys. A key that is not among them is absent.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<string>> Context { get; init; } =
        ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>The time of the call (UTC), for conditions on aws:CurrentTime and aws:EpochTime; null leaves both to the context.</summary>
    public DateTimeOffset? Time { get; init; }
}
