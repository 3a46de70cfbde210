using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.Copying;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.PostgreSql;

/// <content>What reads all of the store: backups, copies, and its verification.</content>
internal sealed partial class PostgreSqlStateStore
{
    /// <summary>What backups and copies of the store are made of.</summary>
    internal DatabaseSource Source => new(_connections, Keys, Secrets.Rows, Properties, new StoreFolder(Folder));

    public IStagedBackup Backup(string path, bool replace, DateTimeOffset now, Seal seal, SealKey key) =>
        DatabaseBackup.Write(this, Source, path, replace, now, seal, key);

    public StoreFileVerification VerifyFiles(Action<StoreFinding> found)
    {
        if (_keys.Leftover is { } file)
        {
            found(new StoreFinding(
                StoreFindingKind.FILE_DAMAGED,
                Path.GetFileName(file),
                $"'{file}' still contains the root key in plaintext, although the store is sealed. Delete the file.")
            {
                Path = file,
            });
        }

        return new DatabaseVerifier(Source, found).Run();
    }
}
