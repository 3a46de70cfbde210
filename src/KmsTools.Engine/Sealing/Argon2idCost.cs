namespace KmsTools.Sealing;

/// <summary>
/// What it costs to try a passphrase. The limits hold for what is read from a file too, so that a crafted file can take neither all memory
/// nor hours.
/// </summary>
/// <param name="MemoryInKiB">Memory, 8 KiB for each lane to 1 GiB.</param>
/// <param name="Iterations">Passes over the memory, 1-16.</param>
/// <param name="Lanes">Parts of the memory that can be computed at the same time, 1-16.</param>
public sealed record Argon2idCost(int MemoryInKiB, int Iterations, int Lanes)
{
    /// <summary>The least memory of a lane in KiB (RFC 9106, section 3.1).</summary>
    public const int MinLaneMemoryInKiB = 8;

    /// <summary>The most memory in KiB: 1 GiB.</summary>
    public const int MaxMemoryInKiB = 1024 * 1024;

    /// <summary>The most iterations.</summary>
    public const int MaxIterations = 16;

    /// <summary>The most lanes.</summary>
    public const int MaxLanes = 16;

    /// <summary>The second recommended option of RFC 9106, section 4: 64 MiB, 3 iterations, 4 lanes.</summary>
    public static Argon2idCost Default { get; } = new(64 * 1024, 3, 4);

    /// <summary>Whether all values are within their limits.</summary>
    public bool IsAllowed => Lanes is >= 1 and <= MaxLanes
        && Iterations is >= 1 and <= MaxIterations
        && MemoryInKiB >= MinLaneMemoryInKiB * Lanes
        && MemoryInKiB <= MaxMemoryInKiB;
}
