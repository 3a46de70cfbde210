using KmsTools.KeyStores;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>The key material in backups whose content is known.</summary>
internal sealed class HsmBackupKeysTable(IDatabase database) : Table<HsmBackupKeysTable.KeyRow>(database, s_columns)
{
    private static readonly Columns<KeyRow> s_columns = new Columns<KeyRow>("hsm_backup_keys", Read)
        .Key("backup_id", static row => row.BackupId)
        .Key("backing_key_id", static row => row.Key.BackingKeyId)
        .Fixed("is_certain", static row => row.Key.IsCertain);

    public HsmBackupKey? Find(string backupId, string backingKeyId) =>
        FindByKey(("backup_id", backupId), ("backing_key_id", backingKeyId))?.Key;

    private static KeyRow Read(Row row) =>
        new(row.Text("backup_id"), new HsmBackupKey(row.Text("backing_key_id"), row.Flag("is_certain")));

    /// <summary>Key material in a backup.</summary>
    internal sealed record KeyRow(string BackupId, HsmBackupKey Key);
}
