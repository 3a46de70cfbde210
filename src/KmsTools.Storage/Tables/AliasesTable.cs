using System.Collections.Immutable;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>Aliases.</summary>
internal sealed class AliasesTable(Database database)
{
    private const string Columns = "SELECT region, alias_name, target_key_id, creation_date, last_updated_date FROM aliases ";

    private readonly Statement _find = database.Prepare(Columns + "WHERE region = ? AND alias_name = ?");

    private readonly Statement _list = database.Prepare(
        Columns + "WHERE region = ? AND alias_name > ? ORDER BY alias_name LIMIT ?");

    private readonly Statement _listOfKey = database.Prepare(
        Columns + "WHERE region = ? AND target_key_id = ? AND alias_name > ? ORDER BY alias_name LIMIT ?");

    private readonly Statement _count = database.Prepare("SELECT count(*) FROM aliases WHERE region = ? AND target_key_id = ?");

    private readonly Statement _insert = database.Prepare(
        "INSERT INTO aliases (target_key_id, creation_date, last_updated_date, region, alias_name) VALUES (?, ?, ?, ?, ?)");

    private readonly Statement _update = database.Prepare(
        "UPDATE aliases SET target_key_id = ?, creation_date = ?, last_updated_date = ? WHERE region = ? AND alias_name = ?");

    private readonly Statement _delete = database.Prepare("DELETE FROM aliases WHERE region = ? AND alias_name = ?");

    public KeyAlias? Find(string region, string aliasName)
    {
        using Statement row = _find.Start().Bind(region).Bind(aliasName);
        return row.Step() ? Read(row) : null;
    }

    public ImmutableArray<KeyAlias> List(string region, string? keyId, string? afterAliasName, int limit)
    {
        using Statement row = keyId is null ? _list.Start().Bind(region) : _listOfKey.Start().Bind(region).Bind(keyId);
        row.Bind(afterAliasName ?? "").Bind((long)limit);
        ImmutableArray<KeyAlias>.Builder aliases = ImmutableArray.CreateBuilder<KeyAlias>();
        while (row.Step())
        {
            aliases.Add(Read(row));
        }

        return aliases.DrainToImmutable();
    }

    public long Count(string region, string keyId)
    {
        using Statement row = _count.Start().Bind(region).Bind(keyId);
        row.Step();
        return row.Number(0);
    }

    public void Insert(KeyAlias alias) => BindAll(_insert.Start(), alias).Run();

    public void Update(KeyAlias alias) => BindAll(_update.Start(), alias).Run();

    public void Delete(string region, string aliasName) => _delete.Start().Bind(region).Bind(aliasName).Run();

    private static KeyAlias Read(Statement row) => new(row.Text(0), row.Text(1), row.Text(2), row.Time(3), row.Time(4));

    private static Statement BindAll(Statement statement, KeyAlias alias) => statement
        .Bind(alias.TargetKeyId)
        .Bind(alias.CreationDate)
        .Bind(alias.LastUpdatedDate)
        .Bind(alias.Region)
        .Bind(alias.AliasName);
}
