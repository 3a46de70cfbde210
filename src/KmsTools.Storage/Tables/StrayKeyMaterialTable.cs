using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>Key material in HSMs that belongs to no key.</summary>
internal sealed class StrayKeyMaterialTable(Database database)
{
    private const string Columns =
        """
        SELECT cluster_id, backing_key_id, custom_key_store_id, region, key_arn, reason, since, claimed_until,
               key_creation_date, messages, aliases
        FROM stray_key_material

        """;

    private readonly Statement _find = database.Prepare(Columns + "WHERE cluster_id = ? AND backing_key_id = ?");

    private readonly Statement _list = database.Prepare(Columns + "ORDER BY since, cluster_id, backing_key_id");
    private readonly Statement _listOfCluster = database.Prepare(Columns + "WHERE cluster_id = ? ORDER BY since, backing_key_id");

    private readonly Statement _put = database.Prepare(
        """
        INSERT OR REPLACE INTO stray_key_material (
            cluster_id, backing_key_id, custom_key_store_id, region, key_arn, reason, since, claimed_until,
            key_creation_date, messages, aliases)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _delete = database.Prepare(
        "DELETE FROM stray_key_material WHERE cluster_id = ? AND backing_key_id = ?");

    public StrayKeyMaterial? Find(string clusterId, string backingKeyId)
    {
        using Statement row = _find.Start().Bind(clusterId).Bind(backingKeyId);
        return row.Step() ? Read(row) : null;
    }

    public ImmutableArray<StrayKeyMaterial> List(string? clusterId)
    {
        using Statement row = clusterId is null ? _list.Start() : _listOfCluster.Start().Bind(clusterId);
        ImmutableArray<StrayKeyMaterial>.Builder strays = ImmutableArray.CreateBuilder<StrayKeyMaterial>();
        while (row.Step())
        {
            strays.Add(Read(row));
        }

        return strays.DrainToImmutable();
    }

    public void Put(StrayKeyMaterial stray) => _put.Start()
        .Bind(stray.ClusterId)
        .Bind(stray.BackingKeyId)
        .Bind(stray.CustomKeyStoreId)
        .Bind(stray.Region)
        .Bind(stray.KeyArn)
        .Bind(stray.Reason)
        .Bind(stray.Since)
        .Bind(stray.ClaimedUntil)
        .Bind(stray.KeyCreationDate)
        .Bind(stray.Messages)
        .Bind(string.Join(' ', stray.Aliases))
        .Run();

    public void Delete(string clusterId, string backingKeyId) => _delete.Start().Bind(clusterId).Bind(backingKeyId).Run();

    private static StrayKeyMaterial Read(Statement row) => new()
    {
        ClusterId = row.Text(0),
        BackingKeyId = row.Text(1),
        CustomKeyStoreId = row.Text(2),
        Region = row.Text(3),
        KeyArn = row.Text(4),
        Reason = row.Name<StrayReason>(5),
        Since = row.Time(6),
        ClaimedUntil = row.TimeOrNull(7),
        KeyCreationDate = row.TimeOrNull(8),
        Messages = row.NumberOrNull(9),
        Aliases = row.Text(10) is { Length: > 0 } aliases ? [.. aliases.Split(' ')] : [],
    };
}
