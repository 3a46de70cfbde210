using System.Collections.Immutable;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>Users, roles and groups.</summary>
internal sealed class PrincipalsTable : Table<Principal>
{
    private static readonly Columns<Principal> s_columns = new Columns<Principal>("principals", Read)
        .Key("unique_id", static principal => principal.UniqueId)
        .Fixed("type", static principal => principal.Type)
        .Fixed("account_id", static principal => principal.AccountId)
        .Fixed("creation_date", static principal => principal.CreationDate)
        .Changing("name", static principal => principal.Name)
        .Changing("path", static principal => principal.Path)
        .Changing("tags", static principal => JsonPairs.Write(principal.Tags, static tag => (tag.TagKey, tag.TagValue)))
        .Changing("policies", static principal => WritePolicies(principal.Policies))
        .Changing("permissions_boundary", static principal => principal.PermissionsBoundary)
        .Changing("groups", static principal => string.Join(' ', principal.Groups))
        .Changing("trust_policy", static principal => principal.TrustPolicy)
        .Changing("max_session_duration", static principal => principal.MaxSessionDuration);

    private readonly Statement _find;
    private readonly Statement _list;
    private readonly Statement _count;

    public PrincipalsTable(IDatabase database)
        : base(database, s_columns)
    {
        _find = Select($"WHERE type = @type AND {database.HasName("name", "name")}");
        _list = Select("ORDER BY unique_id");
        _count = Prepare("SELECT count(*) AS count FROM principals WHERE type = @type");
    }

    public Principal? Find(PrincipalType type, string name) => Find(_find, ("type", type), ("name", name));

    // Databases compare names as they please.
    public ImmutableArray<Principal> List() =>
    [
        .. List(_list).OrderBy(static principal => principal.Type.ToString(), StringComparer.Ordinal)
            .ThenBy(static principal => principal.Name, StringComparer.Ordinal),
    ];

    public long Count(PrincipalType type) => _count.Find(static row => row.Number("count"), ("type", type));

    public void Delete(string uniqueId) => DeleteByKey(("unique_id", uniqueId));

    private static Principal Read(Row row) => new()
    {
        UniqueId = row.Text("unique_id"),
        Type = row.Name<PrincipalType>("type"),
        AccountId = row.Text("account_id"),
        CreationDate = row.Time("creation_date"),
        Name = row.Text("name"),
        Path = row.Text("path"),
        Tags = JsonPairs.Read(row.Text("tags"), static (key, value) => new KeyTag(key!, value!)),
        Policies = JsonPairs.Read(row.Text("policies"), static (name, policy) => KeyValuePair.Create(name!, policy!))
            .ToImmutableSortedDictionary(StringComparer.Ordinal),
        PermissionsBoundary = row.TextOrNull("permissions_boundary"),
        Groups = [.. row.Text("groups").Split(' ', StringSplitOptions.RemoveEmptyEntries)],
        TrustPolicy = row.TextOrNull("trust_policy"),
        MaxSessionDuration = row.SmallNumber("max_session_duration"),
    };

    private static string WritePolicies(IEnumerable<KeyValuePair<string, string>> policies) =>
        JsonPairs.Write<KeyValuePair<string, string>>([.. policies], static policy => (policy.Key, policy.Value));
}
