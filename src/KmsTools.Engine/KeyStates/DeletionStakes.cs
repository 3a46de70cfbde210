using System.Collections.Immutable;
using KmsTools.Auditing;

namespace KmsTools;

/// <summary>What would be lost with a key, and signs that it is still needed. All times are UTC.</summary>
public sealed record DeletionStakes
{
    /// <summary>The newest successful cryptographic use; null if there has been none.</summary>
    public required KeyUse? LastUse { get; init; }

    /// <summary>The aliases that name the key, at most 100, in ordinal order. They are deleted with it.</summary>
    public required ImmutableArray<string> AliasNames { get; init; }

    /// <summary>The number of its grants.</summary>
    public required long GrantCount { get; init; }

    /// <summary>When it would be rotated next; null if automatic rotation is not enabled.</summary>
    public required DateTimeOffset? NextRotation { get; init; }

    /// <summary>When its imported key materials expire, in the order in which they were added.</summary>
    public required ImmutableArray<DateTimeOffset> Expiries { get; init; }

    /// <summary>The Regions of its replicas, which must be deleted first; empty unless it is a primary key.</summary>
    public required ImmutableArray<string> ReplicaRegions { get; init; }
}
