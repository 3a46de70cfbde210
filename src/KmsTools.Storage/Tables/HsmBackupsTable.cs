using System.Collections.Immutable;
using KmsTools.KeyStores;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>Backups of HSM clusters.</summary>
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

    public HsmBackupsTable(IDatabase database)
        : base(database, s_columns) => _list = Select("ORDER BY creation_date, backup_id");

    public HsmClusterBackup? Find(string backupId) => FindByKey(("backup_id", backupId));

    public ImmutableArray<HsmClusterBackup> List() => List(_list);

    /// <summary>Deletes a backup, and what is known of the keys in it.</summary>
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
        JsonTexts.Write(hsms.Select(static hsm => new[] { hsm.TokenLabel, hsm.SerialNumber, hsm.Library }));

    private static ImmutableArray<HsmToken> ReadHsms(string json) =>
        [.. JsonTexts.ReadLists(json).Select(static parts => new HsmToken(parts[0]!, parts[1]!, parts[2]))];
}
