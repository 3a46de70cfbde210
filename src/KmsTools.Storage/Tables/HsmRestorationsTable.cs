using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>Restores of clusters from backups. Rows are never removed.</summary>
internal sealed class HsmRestorationsTable : Table<HsmClusterRestoration>
{
    private static readonly Columns<HsmClusterRestoration> s_columns = new Columns<HsmClusterRestoration>("hsm_restorations", Read)
        .Key("cluster_id", static restoration => restoration.ClusterId)
        .Key("time", static restoration => restoration.Time)
        .Fixed("backup_id", static restoration => restoration.BackupId)
        .Fixed("backup_cluster_id", static restoration => restoration.BackupClusterId)
        .Fixed("backup_time", static restoration => restoration.BackupTime);

    private readonly Statement _list;

    public HsmRestorationsTable(IDatabase database)
        : base(database, s_columns) => _list = Select("ORDER BY time, cluster_id");

    public ImmutableArray<HsmClusterRestoration> List() => List(_list);

    private static HsmClusterRestoration Read(Row row) => new(
        row.Text("cluster_id"),
        row.Time("time"),
        row.Text("backup_id"),
        row.Text("backup_cluster_id"),
        row.Time("backup_time"));
}
