using System.Collections.Immutable;

namespace KmsTools;

/// <summary>A change of a key that is to come without a call.</summary>
public sealed record KmsScheduledChange
{
    /// <summary>When it becomes due (UTC).</summary>
    public required DateTime DueDate { get; init; }

    /// <summary>How long that is from now, on the clock of the store.</summary>
    public required TimeSpan In { get; init; }

    /// <summary>The kind of change.</summary>
    public required DueKind Kind { get; init; }

    /// <summary>The ID of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The ARN of the key.</summary>
    public required string KeyArn { get; init; }

    /// <summary>The aliases of the key.</summary>
    public required ImmutableArray<string> AliasNames { get; init; }

    /// <summary>The Region of the key.</summary>
    public required string Region { get; init; }

    /// <summary>The key material that expires; null for other changes.</summary>
    public string? KeyMaterialId { get; init; }

    /// <summary>How far it is away in comparison with the last change of the schedule, 0-1.</summary>
    internal double Distance { get; init; }

    internal static KmsScheduledChange Of(DueChange change, DateTimeOffset now, TimeSpan horizon) => new()
    {
        DueDate = change.DueDate,
        In = change.DueDate - now.UtcDateTime,
        Kind = change.Kind,
        KeyId = change.KeyId,
        KeyArn = change.KeyArn,
        AliasNames = change.AliasNames,
        Region = change.Region,
        KeyMaterialId = change.KeyMaterialId,
        Distance = horizon > TimeSpan.Zero ? Math.Clamp((change.DueDate - now.UtcDateTime) / horizon, 0, 1) : 0,
    };
}
