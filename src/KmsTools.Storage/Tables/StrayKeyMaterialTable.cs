using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>Key material in HSMs that belongs to no key.</summary>
internal sealed class StrayKeyMaterialTable : Table<StrayKeyMaterial>
{
    private static readonly Columns<StrayKeyMaterial> s_columns = new Columns<StrayKeyMaterial>("stray_key_material", Read)
        .Key("cluster_id", static stray => stray.ClusterId)
        .Key("backing_key_id", static stray => stray.BackingKeyId)
        .Changing("custom_key_store_id", static stray => stray.CustomKeyStoreId)
        .Changing("region", static stray => stray.Region)
        .Changing("key_arn", static stray => stray.KeyArn)
        .Changing("reason", static stray => stray.Reason)
        .Changing("since", static stray => stray.Since)
        .Changing("claimed_until", static stray => stray.ClaimedUntil)
        .Changing("key_creation_date", static stray => stray.KeyCreationDate)
        .Changing("messages", static stray => stray.Messages)
        .Changing("aliases", static stray => string.Join(' ', stray.Aliases));

    private readonly Statement _list;
    private readonly Statement _listOfCluster;

    public StrayKeyMaterialTable(IDatabase database)
        : base(database, s_columns)
    {
        _list = Select("ORDER BY since, cluster_id, backing_key_id");
        _listOfCluster = Select("WHERE cluster_id = @cluster_id ORDER BY since, backing_key_id");
    }

    public StrayKeyMaterial? Find(string clusterId, string backingKeyId) =>
        FindByKey(("cluster_id", clusterId), ("backing_key_id", backingKeyId));

    public ImmutableArray<StrayKeyMaterial> List(string? clusterId) =>
        clusterId is null ? List(_list) : List(_listOfCluster, ("cluster_id", clusterId));

    public void Delete(string clusterId, string backingKeyId) =>
        DeleteByKey(("cluster_id", clusterId), ("backing_key_id", backingKeyId));

    private static StrayKeyMaterial Read(Row row) => new()
    {
        ClusterId = row.Text("cluster_id"),
        BackingKeyId = row.Text("backing_key_id"),
        CustomKeyStoreId = row.Text("custom_key_store_id"),
        Region = row.Text("region"),
        KeyArn = row.Text("key_arn"),
        Reason = row.Name<StrayReason>("reason"),
        Since = row.Time("since"),
        ClaimedUntil = row.TimeOrNull("claimed_until"),
        KeyCreationDate = row.TimeOrNull("key_creation_date"),
        Messages = row.NumberOrNull("messages"),
        Aliases = row.Text("aliases") is { Length: > 0 } aliases ? [.. aliases.Split(' ')] : [],
    };
}
