using System.Collections.Immutable;
using System.Text.Json;
using KmsTools.KeyStores;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>Backups of HSM clusters, and the keys in them.</summary>
internal sealed class HsmBackupsTable : Table<HsmClusterBackup>
{
    private static readonly Columns<HsmClusterBackup> s_columns = new Columns<HsmClusterBackup>("hsm_backups", Read)
        .Key("backup_id", static backup => backup.BackupId)
        .Fixed("cluster_id", static backup => backup.ClusterId)
        .Fixed("kind", static backup => backup.Kind)
        .Fixed("creation_date", static backup => backup.CreationDate)
        .Fixed("hsms", static backup => WriteHsms(backup.Hsms))
        .Fixed("trust_anchor_certificate", static backup => backup.TrustAnchorCertificate)
        .Fixed("vendor_reference", static backup => backup.VendorReference)
        .Fixed("digest", static backup => backup.Digest)
        .Fixed("size", static backup => backup.Size)
        .Fixed("key_count", static backup => backup.KeyCount)
        .Fixed("is_content_known", static backup => backup.IsContentKnown)
        .Fixed("high_availability", static backup => backup.HighAvailability)
        .Fixed("manage_password", static backup => backup.ManagePassword)
        .Fixed("custom_key_store_id", static backup => backup.CustomKeyStoreId)
        .Changing("wrapped_password", static backup => backup.WrappedPassword);

    private readonly Statement _list;
    private readonly Statement _findKey;
    private readonly Statement _insertKey;

    public HsmBackupsTable(IDatabase database)
        : base(database, s_columns)
    {
        _list = Select("ORDER BY creation_date, backup_id");
        _findKey = Prepare("SELECT is_certain FROM hsm_backup_keys WHERE backup_id = @backup_id AND backing_key_id = @backing_key_id");
        _insertKey = Prepare(
            "INSERT INTO hsm_backup_keys (backup_id, backing_key_id, is_certain) VALUES (@backup_id, @backing_key_id, @is_certain)");
    }

    public HsmClusterBackup? Find(string backupId) => FindByKey(("backup_id", backupId));

    public ImmutableArray<HsmClusterBackup> List() => List(_list);

    public HsmBackupKey? FindKey(string backupId, string backingKeyId) => _findKey.Find(
        row => new HsmBackupKey(backingKeyId, row.Flag("is_certain")),
        ("backup_id", backupId),
        ("backing_key_id", backingKeyId));

    public void Insert(HsmClusterBackup backup, IReadOnlyCollection<HsmBackupKey> keys)
    {
        Insert(backup);
        foreach (HsmBackupKey key in keys)
        {
            _insertKey.Run(("backup_id", backup.BackupId), ("backing_key_id", key.BackingKeyId), ("is_certain", key.IsCertain));
        }
    }

    public void Delete(string backupId) => DeleteByKey(("backup_id", backupId));

    private static HsmClusterBackup Read(Row row) => new()
    {
        BackupId = row.Text("backup_id"),
        ClusterId = row.Text("cluster_id"),
        Kind = row.Name<HsmBackupKind>("kind"),
        CreationDate = row.Time("creation_date"),
        Hsms = ReadHsms(row.Text("hsms")),
        TrustAnchorCertificate = row.Text("trust_anchor_certificate"),
        VendorReference = row.TextOrNull("vendor_reference"),
        Digest = row.TextOrNull("digest"),
        Size = row.NumberOrNull("size"),
        KeyCount = row.SmallNumberOrNull("key_count"),
        IsContentKnown = row.Flag("is_content_known"),
        HighAvailability = row.Flag("high_availability"),
        ManagePassword = row.Flag("manage_password"),
        CustomKeyStoreId = row.TextOrNull("custom_key_store_id"),
        WrappedPassword = row.BytesOrNull("wrapped_password"),
    };

    private static string WriteHsms(IEnumerable<HsmToken> hsms) =>
        JsonSerializer.Serialize(hsms.Select(static hsm => new[] { hsm.TokenLabel, hsm.SerialNumber, hsm.Library }));

    private static ImmutableArray<HsmToken> ReadHsms(string json) =>
        [.. JsonSerializer.Deserialize<string[][]>(json)!.Select(static parts => new HsmToken(parts[0], parts[1], parts[2]))];
}
