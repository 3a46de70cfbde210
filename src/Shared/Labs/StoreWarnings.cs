using KmsTools.Sealing;

namespace KmsTools.Labs;

/// <summary>
/// What users are warned of when a store is sealed, backed up or restored, in whichever way. What to do about it is added by the caller, in
/// the terms of its commands.
/// </summary>
internal static class StoreWarnings
{
    /// <summary>The store was damaged before it was restored.</summary>
    public const string Damaged = "The store was damaged already when it was backed up.";

    /// <summary>About a seal that an HSM in the folder of the store opens; null for another one.</summary>
    /// <param name="seal">The seal.</param>
    /// <param name="folder">The folder.</param>
    public static string? OfSeal(Seal seal, string folder) => IsInFolder(seal, folder)
        ? $"The HSM of the seal lies in the folder of the store, {folder}: a copy of the folder is protected by the PIN of the HSM alone."
        : null;

    /// <summary>About a backup that only an HSM in the folder of the store opens; null for another one.</summary>
    /// <param name="seal">The seal of the store, which is that of the backup too.</param>
    /// <param name="folder">The folder.</param>
    public static string? OfBackup(Seal seal, string folder) =>
        seal.Slots.All(static slot => slot.Kind == SealSlotKind.HSM) && IsInFolder(seal, folder)
            ? $"Only the HSM of the seal opens the backup, and it lies in the folder of the store, {folder}: once that is lost, nothing "
                + "opens the backup."
            : null;

    /// <summary>About HSMs whose password may be newer than the one in a restored store; null if there are none.</summary>
    /// <param name="restored">The store.</param>
    public static string? OfPasswords(StoreRestoration restored) => restored.ManagedPasswords.IsEmpty
        ? null
        : $"The HSMs of {string.Join(", ", restored.ManagedPasswords)} may have a newer password than the restored store: each connect "
            + "changes it (ManagePassword). If a connect fails, let the security officer set the PIN of their crypto user.";

    private static bool IsInFolder(Seal seal, string folder) =>
        SoftHsmLab.ConfigurationOf(folder) is not null && seal.Slots.Any(static slot => SoftHsmLab.IsLibrary(slot.HsmUri));
}
