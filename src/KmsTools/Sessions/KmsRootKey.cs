using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools;

/// <summary>The root key of a store, which wraps everything secret in it. Its bytes are never shown.</summary>
public sealed record KmsRootKey
{
    /// <summary>The number of the generation in use: 1 in a new store. Numbers only grow.</summary>
    public required int Generation { get; init; }

    /// <summary>When the generation was made (UTC, by the clock of the store).</summary>
    public required DateTime CreationDate { get; init; }

    /// <summary>After how many days the store makes the next generation by itself; null for never.</summary>
    public int? RotationPeriodInDays { get; init; }

    /// <summary>When the store makes the next generation by itself (UTC); null for never.</summary>
    public DateTime? NextRotationDate { get; init; }

    /// <summary>Whether something is still wrapped by the generation before, which root.key has until then.</summary>
    public bool IsRotating { get; init; }

    /// <summary>What opens the seal of the root key; empty if the root key lies in plaintext in a file.</summary>
    public ImmutableArray<SealSlotKind> SealedBy { get; init; } = [];

    internal static KmsRootKey Of(RootKeyState state, Seal? seal) => new()
    {
        SealedBy = seal is null ? [] : [.. seal.Slots.Select(static slot => slot.Kind)],
        Generation = state.Generation,
        CreationDate = state.CreationDate.UtcDateTime,
        RotationPeriodInDays = state.RotationPeriodInDays,
        NextRotationDate = state.NextRotationDate?.UtcDateTime,
        IsRotating = state.IsRotating,
    };
}
