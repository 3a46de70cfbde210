using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>What happened to keys and to their material in HSMs. Rows are never removed.</summary>
internal sealed class KeyMaterialFactsTable : Table<KeyMaterialFact>
{
    private static readonly Columns<KeyMaterialFact> s_columns = new Columns<KeyMaterialFact>("key_material_facts", Read)
        .Key("key_id", static fact => fact.KeyId)
        .Key("region", static fact => fact.Region)
        .Key("kind", static fact => fact.Kind)
        .Key("time", static fact => fact.Time)
        .Key("cluster_id", static fact => fact.ClusterId)
        .Key("backing_key_id", static fact => fact.BackingKeyId);

    private readonly Statement _list;

    public KeyMaterialFactsTable(IDatabase database)
        : base(database, s_columns) =>
        _list = Select("WHERE key_id = @key_id AND region = @region ORDER BY time, kind, cluster_id");

    public ImmutableArray<KeyMaterialFact> List(string region, string keyId) => List(_list, ("key_id", keyId), ("region", region));

    private static KeyMaterialFact Read(Row row) => new(
        row.Name<KeyMaterialFactKind>("kind"),
        row.Text("region"),
        row.Text("key_id"),
        row.Time("time"),
        row.Text("cluster_id"),
        row.Text("backing_key_id"));
}
