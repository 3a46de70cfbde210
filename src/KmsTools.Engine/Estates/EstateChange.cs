using System.Collections.Immutable;

namespace KmsTools.Estates;

/// <summary>What a change is about.</summary>
public enum EstateKind
{
    /// <summary>A cluster of HSMs.</summary>
    Cluster,

    /// <summary>A custom key store.</summary>
    KeyStore,

    /// <summary>A key itself: its creation, description, material, state.</summary>
    Key,

    /// <summary>A replica of a multi-Region key.</summary>
    Replica,

    /// <summary>An alias.</summary>
    Alias,

    /// <summary>A tag.</summary>
    Tag,

    /// <summary>The key policy.</summary>
    Policy,

    /// <summary>The automatic rotation.</summary>
    Rotation,

    /// <summary>A grant.</summary>
    Grant,

    /// <summary>An alarm.</summary>
    Alarm,

    /// <summary>A user, role or group.</summary>
    Principal,

    /// <summary>How the store authorizes calls.</summary>
    Authorization,

    /// <summary>How the proxies of a host are reached.</summary>
    ProxyAddress,

    /// <summary>A VPC endpoint service.</summary>
    VpcEndpointService,
}

/// <summary>What was done.</summary>
public enum EstateAction
{
    /// <summary>It was created.</summary>
    Created,

    /// <summary>It existed and was changed.</summary>
    Updated,

    /// <summary>It is as described, with all that belongs to it.</summary>
    Unchanged,

    /// <summary>It cannot be done yet: the key has no key material, and the estate provides none. A later import does it.</summary>
    Waiting,
}

/// <summary>One change that an import makes.</summary>
public sealed record EstateChange
{
    /// <summary>What it is about.</summary>
    public required EstateKind Kind { get; init; }

    /// <summary>The name of what it is about: an alias, a tag key, an ID.</summary>
    public required string Name { get; init; }

    /// <summary>What will have been done.</summary>
    public required EstateAction Action { get; init; }

    /// <summary>
    /// The Region; null for clusters, addresses of proxies, VPC endpoint services, principals, authorization, and alarms that watch all.
    /// </summary>
    public string? Region { get; init; }

    /// <summary>A description of the change, such as <c>Create the key</c>. Names no secret.</summary>
    public required string Description { get; init; }

    /// <summary>What the change is made to, as in a question to the user.</summary>
    public required string Target { get; init; }

    /// <summary>The member that asks for it.</summary>
    public SourcePosition Position { get; init; }

    /// <summary>The part of the estate that it belongs to.</summary>
    public required EstatePart Owner { get; init; }

    /// <summary>The steps, in this order; empty when nothing has to be done.</summary>
    internal ImmutableArray<EstateStep> Steps { get; init; } = [];

    /// <summary>What must exist beforehand.</summary>
    internal ImmutableArray<EstatePart> Needs { get; init; } = [];

    /// <summary>The position of the member that an error is about; null for the position of the change.</summary>
    internal Func<KmsException, SourcePosition>? Blame { get; init; }
}

/// <summary>The result of one change.</summary>
public sealed record EstateResult
{
    /// <summary>What it is about.</summary>
    public required EstateKind Kind { get; init; }

    /// <summary>The name of what it is about.</summary>
    public required string Name { get; init; }

    /// <summary>What was done.</summary>
    public required EstateAction Action { get; init; }

    /// <summary>A description of what was done.</summary>
    public required string Description { get; init; }

    /// <summary>
    /// The Region; null for clusters, addresses of proxies, VPC endpoint services, principals, authorization, and alarms that watch all.
    /// </summary>
    public string? Region { get; init; }

    /// <summary>The ID of the key, or of the key of an alias, a tag and so on; null for clusters, key stores and alarms.</summary>
    public string? KeyId { get; init; }

    /// <summary>The ARN of the key; null for clusters, key stores and alarms.</summary>
    public string? Arn { get; init; }

    /// <summary>The ID of the custom key store, where it is about one.</summary>
    public string? CustomKeyStoreId { get; init; }
}
