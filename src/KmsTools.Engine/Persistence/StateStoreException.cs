using KmsTools.Sealing;

namespace KmsTools.Persistence;

/// <summary>A store that cannot be opened or is too busy, or whose content is damaged.</summary>
public sealed class StateStoreException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what to do about it.</param>
    /// <param name="innerException">The cause, or null.</param>
    public StateStoreException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The changes that the store has lost, if that is what is wrong; otherwise null.</summary>
    public LostChanges? LostChanges { get; init; }

    /// <summary>Whether the whole event log of the store is missing, if that is what is wrong.</summary>
    public bool HasLostEvents { get; init; }

    /// <summary>
    /// Whether files of the store were removed, replaced or cut while this process had it open. It does nothing more with the store, which
    /// must be opened again.
    /// </summary>
    public bool IsReplaced { get; init; }

    /// <summary>
    /// Whether a part of the store is missing or is not what was written, so that examining its files shows more. Not where only another
    /// process, the disk or a setting is in the way.
    /// </summary>
    public bool IsDamage
    {
        get => field || Damage is not null || LostChanges is not null || HasLostEvents;
        init;
    }

    /// <summary>
    /// The folder of a store that was not opened because of this: it can be examined there. Null if a store was open, or has no folder.
    /// </summary>
    public string? RefusedFolder { get; set; }

    /// <summary>Why the seal of the store was not opened, if that is what is wrong; otherwise null.</summary>
    public SealFault? SealFault { get; init; }

    /// <summary>Why a shared store cannot be used, if there is something to do about it; otherwise null.</summary>
    public SharedStoreFault? SharedFault { get; init; }

    /// <summary>
    /// What is wrong, in a sentence that callers on other machines may read: it names no file and no server. Null if there is none.
    /// </summary>
    public string? Reason
    {
        get => field ?? (Damage is null ? null : Message);
        init;
    }

    /// <summary>
    /// What is damaged, if a part of the state is not what was written; otherwise null. The message then names no file: it may be shown to
    /// callers on other machines.
    /// </summary>
    public StoreDamage? Damage { get; init; }
}
