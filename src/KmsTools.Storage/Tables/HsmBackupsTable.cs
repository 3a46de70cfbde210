using System.Collections.Immutable;
using System.Text.Json;
using KmsTools.KeyStores;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>Backups of HSM clusters, and the keys in them.</summary>
internal sealed class HsmBackupsTable(Database database)
{
    private const string Columns =
        """
        SELECT backup_id, cluster_id, kind, creation_date, hsms, trust_anchor_certificate, vendor_reference, digest, size, key_count,
               is_content_known, high_availability, manage_password, custom_key_store_id, wrapped_password
        FROM hsm_backups

        """;

    private readonly Statement _find = database.Prepare(Columns + "WHERE backup_id = ?");
    private readonly Statement _list = database.Prepare(Columns + "ORDER BY creation_date, backup_id");

    private readonly Statement _insert = database.Prepare(
        """
        INSERT INTO hsm_backups (
            backup_id, cluster_id, kind, creation_date, hsms, trust_anchor_certificate, vendor_reference, digest, size, key_count,
            is_content_known, high_availability, manage_password, custom_key_store_id, wrapped_password)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _delete = database.Prepare("DELETE FROM hsm_backups WHERE backup_id = ?");
    private readonly Statement _findKey = database.Prepare(
        "SELECT is_certain FROM hsm_backup_keys WHERE backup_id = ? AND backing_key_id = ?");
    private readonly Statement _insertKey = database.Prepare(
        "INSERT INTO hsm_backup_keys (backup_id, backing_key_id, is_certain) VALUES (?, ?, ?)");

    public HsmClusterBackup? Find(string backupId)
    {
        using Statement row = _find.Start().Bind(backupId);
        return row.Step() ? Read(row) : null;
    }

    public ImmutableArray<HsmClusterBackup> List()
    {
        using Statement row = _list.Start();
        ImmutableArray<HsmClusterBackup>.Builder backups = ImmutableArray.CreateBuilder<HsmClusterBackup>();
        while (row.Step())
        {
            backups.Add(Read(row));
        }

        return backups.DrainToImmutable();
    }

    public HsmBackupKey? FindKey(string backupId, string backingKeyId)
    {
        using Statement row = _findKey.Start().Bind(backupId).Bind(backingKeyId);
        return row.Step() ? new HsmBackupKey(backingKeyId, row.Flag(0)) : null;
    }

    public void Insert(HsmClusterBackup backup, IReadOnlyCollection<HsmBackupKey> keys)
    {
        _insert.Start()
            .Bind(backup.BackupId)
            .Bind(backup.ClusterId)
            .Bind(backup.Kind)
            .Bind(backup.CreationDate)
            .Bind(JsonSerializer.Serialize(backup.Hsms.Select(static hsm => new[] { hsm.TokenLabel, hsm.SerialNumber, hsm.Library })))
            .Bind(backup.TrustAnchorCertificate)
            .Bind(backup.VendorReference)
            .Bind(backup.Digest)
            .Bind(backup.Size)
            .Bind((long?)backup.KeyCount)
            .Bind(backup.IsContentKnown)
            .Bind(backup.HighAvailability)
            .Bind(backup.ManagePassword)
            .Bind(backup.CustomKeyStoreId)
            .BindOrNull(backup.WrappedPassword)
            .Run();
        foreach (HsmBackupKey key in keys)
        {
            _insertKey.Start().Bind(backup.BackupId).Bind(key.BackingKeyId).Bind(key.IsCertain).Run();
        }
    }

    public void Delete(string backupId) => _delete.Start().Bind(backupId).Run();

    private static HsmClusterBackup Read(Statement row) => new()
    {
        BackupId = row.Text(0),
        ClusterId = row.Text(1),
        Kind = row.Name<HsmBackupKind>(2),
        CreationDate = row.Time(3),
        Hsms = [.. JsonSerializer.Deserialize<string[][]>(row.Text(4))!.Select(static parts => new HsmToken(parts[0], parts[1], parts[2]))],
        TrustAnchorCertificate = row.Text(5),
        VendorReference = row.TextOrNull(6),
        Digest = row.TextOrNull(7),
        Size = row.NumberOrNull(8),
        KeyCount = (int?)row.NumberOrNull(9),
        IsContentKnown = row.Flag(10),
        HighAvailability = row.Flag(11),
        ManagePassword = row.Flag(12),
        CustomKeyStoreId = row.TextOrNull(13),
        WrappedPassword = row.IsNull(14) ? null : (ReadOnlyMemory<byte>?)row.Bytes(14),
    };
}
