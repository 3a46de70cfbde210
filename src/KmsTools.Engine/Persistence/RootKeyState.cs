namespace KmsTools.Persistence;

/// <summary>Which generation of the root key a store uses, and when it gets the next.</summary>
public sealed record RootKeyState
{
    /// <summary>The longest rotation period in days: ten years.</summary>
    public const int MaxRotationPeriodInDays = 3650;

    /// <summary>The number of the generation that wraps.</summary>
    public required int Generation { get; init; }

    /// <summary>The generation before, while anything may still be wrapped by it; otherwise null.</summary>
    public int? FormerGeneration { get; init; }

    /// <summary>When the generation was made (UTC, by the clock of the store).</summary>
    public required DateTimeOffset CreationDate { get; init; }

    /// <summary>After how many days the store makes the next generation by itself, 1-3650; null for never.</summary>
    public int? RotationPeriodInDays { get; init; }

    /// <summary>Whether values are being wrapped again.</summary>
    public bool IsRotating => FormerGeneration is not null;

    /// <summary>When the store makes the next generation by itself (UTC); null for never.</summary>
    public DateTimeOffset? NextRotationDate =>
        RotationPeriodInDays is int days && CreationDate <= DateTimeOffset.MaxValue.AddDays(-days) ? CreationDate.AddDays(days) : null;

    /// <summary>Whether something is to be done at a time: a rotation that is due or in progress.</summary>
    public bool IsDue(DateTimeOffset now) => IsRotating || NextRotationDate <= now;
}
