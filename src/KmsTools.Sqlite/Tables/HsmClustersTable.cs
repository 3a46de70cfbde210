using System.Collections.Immutable;

namespace KmsTools.Sqlite.Tables;

/// <summary>HSM clusters.</summary>
internal sealed class HsmClustersTable(Database database)
{
    private const string Columns = "SELECT cluster_id, library, tokens, trust_anchor_certificate, creation_date FROM hsm_clusters ";

    private readonly Statement _find = database.Prepare(Columns + "WHERE cluster_id = ?");
    private readonly Statement _list = database.Prepare(Columns + "ORDER BY cluster_id");

    private readonly Statement _insert = database.Prepare(
        "INSERT INTO hsm_clusters (cluster_id, library, tokens, trust_anchor_certificate, creation_date) VALUES (?, ?, ?, ?, ?)");

    private readonly Statement _delete = database.Prepare("DELETE FROM hsm_clusters WHERE cluster_id = ?");

    public HsmCluster? Find(string clusterId)
    {
        using Statement row = _find.Start().Bind(clusterId);
        return row.Step() ? Read(row) : null;
    }

    public ImmutableArray<HsmCluster> List()
    {
        using Statement row = _list.Start();
        ImmutableArray<HsmCluster>.Builder clusters = ImmutableArray.CreateBuilder<HsmCluster>();
        while (row.Step())
        {
            clusters.Add(Read(row));
        }

        return clusters.DrainToImmutable();
    }

    public void Insert(HsmCluster cluster) => _insert.Start()
        .Bind(cluster.ClusterId)
        .Bind(cluster.Library)
        .Bind(JsonPairs.Write(cluster.Tokens, static token => (token.TokenLabel, token.SerialNumber)))
        .Bind(cluster.TrustAnchorCertificate)
        .Bind(cluster.CreationDate)
        .Run();

    public void Delete(string clusterId) => _delete.Start().Bind(clusterId).Run();

    private static HsmCluster Read(Statement row) => new()
    {
        ClusterId = row.Text(0),
        Library = row.Text(1),
        Tokens = JsonPairs.Read(row.Text(2), static (label, serial) => new HsmToken(label!, serial!)),
        TrustAnchorCertificate = row.Text(3),
        CreationDate = row.Time(4),
    };
}
