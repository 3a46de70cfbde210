namespace KmsTools;

/// <summary>A link that signs in to the console of a store: once, before it expires.</summary>
public sealed record KmsConsoleLink
{
    /// <summary>The link. The first to open it may do everything with the store that its user may do.</summary>
    public required string Url { get; init; }

    /// <summary>When it expires (UTC), on the real clock.</summary>
    public required DateTime Expiration { get; init; }

    /// <summary>Where the store is: its folder, or its database.</summary>
    public required string Store { get; init; }

    /// <summary>The link.</summary>
    public override string ToString() => Url;
}
