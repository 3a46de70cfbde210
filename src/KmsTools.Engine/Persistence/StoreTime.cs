namespace KmsTools.Persistence;

/// <summary>
/// What a store knows about the time that passed: it believes its clock as far as the passage of time is explained, by the monotonic clocks
/// of the processes that had the store open or by a short gap between them.
/// </summary>
public sealed record StoreTime
{
    /// <summary>How long processes must have the store open before a clock that is ahead is believed, unless it is set: one hour.</summary>
    public static readonly TimeSpan DefaultRequiredUptime = TimeSpan.FromHours(1);

    /// <summary>The clock when it was last looked at (UTC).</summary>
    public required DateTimeOffset Seen { get; init; }

    /// <summary>The latest time that the clock ever had (UTC).</summary>
    public required DateTimeOffset Greatest { get; init; }

    /// <summary>The time up to which the passage of time is explained (UTC). What was due later than this must not be destroyed.</summary>
    public required DateTimeOffset Explained { get; init; }

    /// <summary>The time that is known to have passed since the store was first opened. Never decreases.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>What the clock showed when it was first found ahead of what is explained (UTC); null while all time is explained.</summary>
    public DateTimeOffset? UnexplainedSince { get; init; }

    /// <summary>How long processes have had the store open since <see cref="UnexplainedSince"/>.</summary>
    public TimeSpan Uptime { get; init; }

    /// <summary>The uptime after which a clock that is ahead is believed.</summary>
    public TimeSpan RequiredUptime { get; init; } = DefaultRequiredUptime;

    /// <summary>When the first destruction that waits was due (UTC), or null. Derived: the store fills it and never saves it.</summary>
    public DateTimeOffset? EarliestHeld { get; init; }

    /// <summary>When the last destruction that waits was due (UTC), or null. Derived: the store fills it and never saves it.</summary>
    public DateTimeOffset? LatestHeld { get; init; }

    /// <summary>Whether rotations wait. Derived: the store fills it and never saves it.</summary>
    public bool HasHeldRotations { get; init; }

    /// <summary>Whether all time that passed is explained.</summary>
    public bool IsExplained => UnexplainedSince is null;

    /// <summary>Whether anything waits until time is explained.</summary>
    public bool HasHeld => EarliestHeld is not null || HasHeldRotations;

    /// <summary>What is known at the birth of a store.</summary>
    /// <param name="birth">When (UTC).</param>
    public static StoreTime Of(DateTimeOffset birth) => new() { Seen = birth, Greatest = birth, Explained = birth };
}

/// <summary>Imported key material that has expired, whose bytes are kept until time is explained.</summary>
/// <param name="Region">The Region of its key.</param>
/// <param name="KeyId">The ID of its key.</param>
/// <param name="Due">When it expired (UTC).</param>
/// <param name="Material">The material as it was before.</param>
public sealed record HeldMaterial(string Region, string KeyId, DateTimeOffset Due, KeyMaterial Material);

/// <summary>A key whose deletion is due and waits until time is explained.</summary>
/// <param name="Region">The Region.</param>
/// <param name="KeyId">The key ID.</param>
/// <param name="Due">The end of its waiting period (UTC).</param>
public sealed record HeldKey(string Region, string KeyId, DateTimeOffset Due);
