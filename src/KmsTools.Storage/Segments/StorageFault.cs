using KmsTools.Persistence;

namespace KmsTools.Storage.Segments;

/// <summary>What is wrong with a file of the event log, and what to do.</summary>
internal static class StorageFault
{
    // ENOSPC and EDQUOT as errno; ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL as HRESULTs.
    private static readonly int[] s_full = [28, 122, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>The exception for a file that cannot be written.</summary>
    public static StateStoreException Explain(string file, IOException exception) => new(
        s_full.Contains(exception.HResult)
            ? $"The disk of '{file}' is full. The event of the last call was not saved. Free some space and try again."
            : $"'{file}' could not be written. The event of the last call was not saved. Check the disk.",
        exception);

    /// <summary>The exception for a record that is not what was written.</summary>
    public static StateStoreException Damaged(string file, long offset) => new(
        $"'{file}' is damaged at byte {offset}. The events of this segment cannot be read. Restore the folder of the store from a backup.")
    {
        IsDamage = true,
    };
}
