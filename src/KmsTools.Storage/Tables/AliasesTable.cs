using System.Collections.Immutable;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>Aliases.</summary>
internal sealed class AliasesTable : Table<KeyAlias>
{
    private static readonly Columns<KeyAlias> s_columns = new Columns<KeyAlias>("aliases", Read)
        .Key("region", static alias => alias.Region)
        .Key("alias_name", static alias => alias.AliasName)
        .Changing("target_key_id", static alias => alias.TargetKeyId)
        .Changing("creation_date", static alias => alias.CreationDate)
        .Changing("last_updated_date", static alias => alias.LastUpdatedDate);

    private readonly Statement _list;
    private readonly Statement _listOfKey;
    private readonly Statement _count;

    public AliasesTable(IDatabase database)
        : base(database, s_columns)
    {
        _list = Select("WHERE region = @region AND alias_name > @after ORDER BY alias_name LIMIT @limit");
        _listOfKey = Select(
            "WHERE region = @region AND target_key_id = @target_key_id AND alias_name > @after ORDER BY alias_name LIMIT @limit");
        _count = Prepare("SELECT count(*) AS count FROM aliases WHERE region = @region AND target_key_id = @target_key_id");
    }

    public KeyAlias? Find(string region, string aliasName) => FindByKey(("region", region), ("alias_name", aliasName));

    public ImmutableArray<KeyAlias> List(string region, string? keyId, string? afterAliasName, int limit) => keyId is null
        ? List(_list, ("region", region), ("after", afterAliasName ?? ""), ("limit", limit))
        : List(_listOfKey, ("region", region), ("target_key_id", keyId), ("after", afterAliasName ?? ""), ("limit", limit));

    public long Count(string region, string keyId) =>
        _count.Find(static row => row.Number("count"), ("region", region), ("target_key_id", keyId));

    public void Delete(string region, string aliasName) => DeleteByKey(("region", region), ("alias_name", aliasName));

    private static KeyAlias Read(Row row) => new(
        row.Text("region"),
        row.Text("alias_name"),
        row.Text("target_key_id"),
        row.Time("creation_date"),
        row.Time("last_updated_date"));
}
