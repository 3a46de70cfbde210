using System.Collections.Immutable;
using KmsTools.KeyStates;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>The kinds of changes that become due for a key.</summary>
public enum DueKind
{
    /// <summary>An imported key material expires.</summary>
    MaterialExpiry,

    /// <summary>The automatic rotation.</summary>
    Rotation,

    /// <summary>The waiting period before deletion is over.</summary>
    Deletion,
}

/// <summary>A change of a key that becomes due without a call, or that was made when it became due.</summary>
public sealed record DueChange
{
    /// <summary>The kind of change.</summary>
    public required DueKind Kind { get; init; }

    /// <summary>When it becomes due (UTC).</summary>
    public required DateTime DueDate { get; init; }

    /// <summary>The Region of the key.</summary>
    public required string Region { get; init; }

    /// <summary>The ID of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The ARN of the key.</summary>
    public required string KeyArn { get; init; }

    /// <summary>The aliases of the key, at most 100, in ordinal order.</summary>
    public required ImmutableArray<string> AliasNames { get; init; }

    /// <summary>The key material that expires; null for other changes.</summary>
    public string? KeyMaterialId { get; init; }

    /// <summary>
    /// What is to come for a key as it is now: its next rotation, each expiry, and its deletion, after which nothing comes. In the order of
    /// the due dates.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="state">The state that has its aliases.</param>
    public static ImmutableArray<DueChange> Of(Key key, IStateReader state)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(state);
        return [.. KeySchedule.All(key).Select(item => Of(key, item, state))];
    }

    /// <summary>The kind and the date (UTC) of the first change that is to come for a key; null if none is.</summary>
    /// <param name="key">The key.</param>
    public static (DueKind Kind, DateTime DueDate)? NextOf(Key key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return KeySchedule.Next(key) is { } item ? (item.Kind, item.Time.UtcDateTime) : null;
    }

    internal static DueChange Of(Key key, DueItem item, IStateReader state)
    {
        const int maxAliases = 100;
        return new DueChange
        {
            Kind = item.Kind,
            DueDate = item.Time.UtcDateTime,
            Region = key.Region,
            KeyId = key.KeyId,
            KeyArn = key.Arn,
            AliasNames = [.. state.ListAliases(key.Region, key.KeyId, null, maxAliases).Select(static alias => alias.AliasName)],
            KeyMaterialId = item.KeyMaterialId,
        };
    }
}
