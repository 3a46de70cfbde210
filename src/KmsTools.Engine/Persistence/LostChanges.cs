namespace KmsTools.Persistence;

/// <summary>Changes that were made and answered, and that the state of a store has no longer.</summary>
/// <param name="Kept">
/// The number of the newest change that the state has, or of a shared store that it can have; 0 if it has none.
/// </param>
/// <param name="Logged">
/// The number of the newest change whose event is in the event log; of a shared store, of the newest one that this machine has seen.
/// </param>
public sealed record LostChanges(long Kept, long Logged)
{
    /// <summary>How many changes are missing, at least: changes that leave no event may have followed them.</summary>
    public long Count => Logged - Kept;
}
