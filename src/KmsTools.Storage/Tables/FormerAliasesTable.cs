using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>The key that each deleted alias had last.</summary>
internal sealed class FormerAliasesTable(IDatabase database)
{
    private const string Copy =
        """
        INSERT INTO former_aliases (region, alias_name, target_key_id)
        SELECT region, alias_name, target_key_id FROM aliases WHERE region = @region
        """;

    private const string Replace = " ON CONFLICT (region, alias_name) DO UPDATE SET target_key_id = excluded.target_key_id";

    private readonly Statement _keep = new(database, Copy + " AND alias_name = @alias_name" + Replace);

    private readonly Statement _keepAllOf = new(database, Copy + " AND target_key_id = @target_key_id" + Replace);

    private readonly Statement _find = new(
        database, "SELECT target_key_id FROM former_aliases WHERE region = @region AND alias_name = @alias_name");

    /// <summary>Keeps what an alias names, before it is deleted.</summary>
    public void Keep(string region, string aliasName) => _keep.Run(("region", region), ("alias_name", aliasName));

    /// <summary>Keeps the aliases of a key, before it is deleted.</summary>
    public void KeepAllOf(string region, string keyId) => _keepAllOf.Run(("region", region), ("target_key_id", keyId));

    /// <summary>The key ID that an alias had when it was deleted last, or null.</summary>
    public string? Find(string region, string aliasName) =>
        _find.Find(static row => row.Text("target_key_id"), ("region", region), ("alias_name", aliasName));
}
