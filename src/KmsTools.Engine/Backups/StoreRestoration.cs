using System.Collections.Immutable;

namespace KmsTools;

/// <summary>A store that was made from a backup.</summary>
public sealed record StoreRestoration
{
    /// <summary>Where the store is: its folder, or the hosts and the name of its database.</summary>
    public required string Path { get; init; }

    /// <summary>The backup.</summary>
    public required StoreBackup Backup { get; init; }

    /// <summary>The folder in which the store is that was there before, as a whole; null if there was none.</summary>
    public string? FormerPath { get; init; }

    /// <summary>What is damaged, which was so when the backup was made: Test-KmsStore names it. 0 for nothing.</summary>
    public required int Damages { get; init; }

    /// <summary>
    /// The HSM clusters of custom key stores that change the password of their crypto user at each connect: that of the HSMs may be newer
    /// than the one in the store.
    /// </summary>
    public ImmutableArray<string> ManagedPasswords { get; init; } = [];
}
