using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.Backups;
using KmsTools.Storage.RootKeys;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Copying;

/// <summary>
/// Backs up a shared store to the same file as a store in a folder: by a copy of it in the folder for what only this machine has, which is
/// deleted afterwards, or by the next backup or copy if the process is killed.
/// </summary>
internal static class DatabaseBackup
{
    private const string Name = "backup";

    /// <summary>Writes a backup and verifies it, as <see cref="IStateStore.Backup"/>.</summary>
    /// <param name="store">The store.</param>
    /// <param name="source">What it is made of.</param>
    /// <param name="path">The file.</param>
    /// <param name="replace">Whether the file may exist, and is replaced.</param>
    /// <param name="now">The time of the store's clock.</param>
    /// <param name="seal">What opens the backup.</param>
    /// <param name="key">The key of the seal.</param>
    /// <exception cref="StateStoreException">The backup cannot be written; nothing is left of it.</exception>
    public static IStagedBackup Write(
        IStateStore store, DatabaseSource source, string path, bool replace, DateTimeOffset now, Seal seal, SealKey key)
    {
        source.Local.Create();
        string file = Path.GetFullPath(path);
        if (file.StartsWith(source.Local.Path + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new StateStoreException(
                $"'{file}' is in the folder for what only this machine has of the store: whatever takes that takes the backup too. Choose "
                    + "another folder.");
        }

        using StagedFolder folder = StagedFolder.Begin(Path.Combine(source.Local.Path, Name), replace: false, StagingWords.Copy);
        using RootKeyCopy rootKey = RootKeyCopy.Begin(store, folder);
        DatabaseExport.Write(source, folder, rootKey, progress: null);
        using RootKeyKeeper keys = new(
            new FolderRootKey(folder.Files), rootKey.IsSealed ? _ => rootKey.CopySealKey()! : null);
        return StagedBackup.Write(
            new StoreSnapshotSource(folder.Files, keys, source.Rows, source.Properties), file, replace, now, seal, key);
    }
}
