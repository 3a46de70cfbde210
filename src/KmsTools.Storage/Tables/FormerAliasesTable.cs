using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>The key that each deleted alias had last.</summary>
internal sealed class FormerAliasesTable(IDatabase database)
    : Table<FormerAliasesTable.FormerAlias>(database, s_columns)
{
    private static readonly Columns<FormerAlias> s_columns = new Columns<FormerAlias>("former_aliases", Read)
        .Key("region", static alias => alias.Region)
        .Key("alias_name", static alias => alias.AliasName)
        .Changing("target_key_id", static alias => alias.TargetKeyId);

    /// <summary>Keeps what an alias names, before it is deleted.</summary>
    public void Keep(KeyAlias alias) => Put(new FormerAlias(alias.Region, alias.AliasName, alias.TargetKeyId));

    /// <summary>The key ID that an alias had when it was deleted last, or null.</summary>
    public string? Find(string region, string aliasName) =>
        FindByKey(("region", region), ("alias_name", aliasName))?.TargetKeyId;

    private static FormerAlias Read(Row row) => new(row.Text("region"), row.Text("alias_name"), row.Text("target_key_id"));

    /// <summary>A deleted alias.</summary>
    internal sealed record FormerAlias(string Region, string AliasName, string TargetKeyId);
}
