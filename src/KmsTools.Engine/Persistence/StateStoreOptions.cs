using KmsTools.Identifiers;
using KmsTools.Sealing;

namespace KmsTools.Persistence;

/// <summary>How to open a store.</summary>
public sealed record StateStoreOptions
{
    /// <summary>
    /// The folder of the store; created (owner-only) when it does not exist. Of a shared store: the folder for what only this machine has,
    /// such as copies of the tokens of HSMs.
    /// </summary>
    public required string Folder { get; init; }

    /// <summary>Where a store is that several machines share; null for a store in its folder.</summary>
    public SharedStoreOptions? Shared { get; init; }

    /// <summary>
    /// Refuse a shared store that does not exist yet (<see cref="SharedStoreFault.NoStore"/>) and make none. Makes no difference for a store
    /// in its folder: whoever does not want to make one looks at the folder.
    /// </summary>
    public bool OnlyExisting { get; init; }

    /// <summary>Delete the folder when the store is disposed.</summary>
    public bool Temporary { get; init; }

    /// <summary>Give a new store a clock that stands still until it is moved. Null: use what the store has.</summary>
    public bool? SimulatedClock { get; init; }

    /// <summary>The account of a new store. For an existing store it must agree, or be null.</summary>
    public AccountId? AccountId { get; init; }

    /// <summary>The default Region of a new store. For an existing store it must agree, or be null.</summary>
    public RegionName? Region { get; init; }

    /// <summary>How often AWS managed keys of a new store rotate, 90-2560 days. For an existing store it must agree, or be null.</summary>
    public int? AwsManagedKeyRotationPeriodInDays { get; init; }

    /// <summary>
    /// Open a store that has lost changes, or its whole event log, and go on without them. Otherwise such a store is refused
    /// (<see cref="StateStoreException.LostChanges"/>, <see cref="StateStoreException.HasLostEvents"/>). Makes no difference for any other
    /// store.
    /// </summary>
    public bool AcceptLostChanges { get; init; }

    /// <summary>
    /// Opens the seal of a sealed store: what is given to <see cref="Seal.Open"/>, or the key itself. Called only for a store that is
    /// sealed; without it such a store is refused (<see cref="StateStoreException.SealFault"/>). Not kept after the store is open.
    /// </summary>
    public Func<Seal, SealKey>? Unlock { get; init; }

    /// <summary>A second place for the events that this process records; null for none.</summary>
    public EventSinkOptions? EventSink { get; init; }
}
