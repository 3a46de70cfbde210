using System.Collections.Immutable;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>Users, roles and groups.</summary>
internal sealed class PrincipalsTable(Database database)
{
    private const string Columns =
        """
        SELECT unique_id, type, name, path, account_id, creation_date, tags, policies, permissions_boundary, groups, trust_policy,
               max_session_duration
        FROM principals

        """;

    private readonly Statement _find = database.Prepare(Columns + "WHERE type = ? AND name = ?");
    private readonly Statement _list = database.Prepare(Columns + "ORDER BY type, name COLLATE BINARY");

    private readonly Statement _count = database.Prepare("SELECT count(*) FROM principals WHERE type = ?");

    private readonly Statement _put = database.Prepare(
        """
        INSERT INTO principals (
            unique_id, type, name, path, account_id, creation_date, tags, policies, permissions_boundary, groups, trust_policy,
            max_session_duration)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (unique_id) DO UPDATE SET
            name = excluded.name, path = excluded.path, tags = excluded.tags, policies = excluded.policies,
            permissions_boundary = excluded.permissions_boundary, groups = excluded.groups, trust_policy = excluded.trust_policy,
            max_session_duration = excluded.max_session_duration
        """);

    private readonly Statement _delete = database.Prepare("DELETE FROM principals WHERE unique_id = ?");

    public Principal? Find(PrincipalType type, string name)
    {
        using Statement row = _find.Start().Bind(type).Bind(name);
        return row.Step() ? Read(row) : null;
    }

    public ImmutableArray<Principal> List()
    {
        using Statement row = _list.Start();
        ImmutableArray<Principal>.Builder principals = ImmutableArray.CreateBuilder<Principal>();
        while (row.Step())
        {
            principals.Add(Read(row));
        }

        return principals.DrainToImmutable();
    }

    public long Count(PrincipalType type)
    {
        using Statement row = _count.Start().Bind(type);
        row.Step();
        return row.Number(0);
    }

    public void Put(Principal principal) => _put.Start()
        .Bind(principal.UniqueId)
        .Bind(principal.Type)
        .Bind(principal.Name)
        .Bind(principal.Path)
        .Bind(principal.AccountId)
        .Bind(principal.CreationDate)
        .Bind(JsonPairs.Write(principal.Tags, static tag => (tag.TagKey, tag.TagValue)))
        .Bind(JsonPairs.Write<KeyValuePair<string, string>>([.. principal.Policies], static policy => (policy.Key, policy.Value)))
        .Bind(principal.PermissionsBoundary)
        .Bind(string.Join(' ', principal.Groups))
        .Bind(principal.TrustPolicy)
        .Bind((long)principal.MaxSessionDuration)
        .Run();

    public void Delete(string uniqueId) => _delete.Start().Bind(uniqueId).Run();

    private static Principal Read(Statement row) => new()
    {
        UniqueId = row.Text(0),
        Type = row.Name<PrincipalType>(1),
        Name = row.Text(2),
        Path = row.Text(3),
        AccountId = row.Text(4),
        CreationDate = row.Time(5),
        Tags = JsonPairs.Read(row.Text(6), static (key, value) => new KeyTag(key!, value!)),
        Policies = JsonPairs.Read(row.Text(7), static (name, policy) => KeyValuePair.Create(name!, policy!))
            .ToImmutableSortedDictionary(StringComparer.Ordinal),
        PermissionsBoundary = row.TextOrNull(8),
        Groups = [.. row.Text(9).Split(' ', StringSplitOptions.RemoveEmptyEntries)],
        TrustPolicy = row.TextOrNull(10),
        MaxSessionDuration = checked((int)row.Number(11)),
    };
}
