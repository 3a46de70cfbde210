using System.Collections.Immutable;

namespace KmsTools;

/// <summary>The role of a multi-Region key among its related keys.</summary>
public enum MultiRegionKeyType
{
    /// <summary>The key that can be replicated and on which rotations are managed.</summary>
    PRIMARY,

    /// <summary>A replica of the primary.</summary>
    REPLICA,
}

/// <summary>A related multi-Region key: the same key ID and key material in another Region.</summary>
/// <param name="Region">Its Region.</param>
/// <param name="Type">Its role.</param>
public sealed record RelatedKey(string Region, MultiRegionKeyType Type);

/// <summary>A multi-Region key in one Region.</summary>
/// <param name="Arn">The Amazon Resource Name of the key.</param>
/// <param name="Region">The Region.</param>
public sealed record MultiRegionKey(string Arn, string Region);

/// <summary>A multi-Region key and all keys related to it. Source: MultiRegionConfiguration in the AWS KMS API.</summary>
public sealed class MultiRegionConfiguration
{
    /// <summary>The role of the described key.</summary>
    public required MultiRegionKeyType MultiRegionKeyType { get; init; }

    /// <summary>The primary; the described key itself, if it is the primary.</summary>
    public required MultiRegionKey PrimaryKey { get; init; }

    /// <summary>All replicas in the order of their Regions; the described key is among them, if it is a replica.</summary>
    public required ImmutableArray<MultiRegionKey> ReplicaKeys { get; init; }

    /// <summary>Gets the configuration of a key; null for single-Region keys.</summary>
    internal static MultiRegionConfiguration? Of(Key key)
    {
        if (key.MultiRegionKeyType is not { } type)
        {
            return null;
        }

        ILookup<MultiRegionKeyType, MultiRegionKey> keys = key.RelatedKeys
            .Append(new RelatedKey(key.Region, type))
            .OrderBy(static related => related.Region, StringComparer.Ordinal)
            .ToLookup(
                static related => related.Type,
                related => new MultiRegionKey(KeyIdentifier.KeyArn(related.Region, key.AccountId, key.KeyId), related.Region));
        return new MultiRegionConfiguration
        {
            MultiRegionKeyType = type,
            PrimaryKey = keys[MultiRegionKeyType.PRIMARY].Single(),
            ReplicaKeys = [.. keys[MultiRegionKeyType.REPLICA]],
        };
    }
}
