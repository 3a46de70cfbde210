using System.Collections.Immutable;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>Grants.</summary>
internal sealed class GrantsTable : Table<Grant>
{
    private static readonly Columns<Grant> s_columns = new Columns<Grant>("grants", Read)
        .Key("region", static grant => grant.Region)
        .Key("key_id", static grant => grant.KeyId)
        .Key("grant_id", static grant => grant.GrantId)
        .Fixed("name", static grant => grant.Name)
        .Fixed("creation_date", static grant => grant.CreationDate)
        .Fixed("grantee", static grant => grant.Grantee.Name)
        .Fixed("grantee_is_service", static grant => grant.Grantee.IsService)
        .Fixed("retiring", static grant => grant.Retiring?.Name)
        .Fixed("retiring_is_service", static grant => grant.Retiring?.IsService)
        .Fixed("operations", static grant => string.Join(' ', grant.Operations))
        .Fixed("encryption_context_equals", static grant => WriteContext(grant.Constraints?.EncryptionContextEquals))
        .Fixed("encryption_context_subset", static grant => WriteContext(grant.Constraints?.EncryptionContextSubset))
        .Fixed("source_arn", static grant => grant.Constraints?.SourceArn)
        .Fixed("request_digest", static grant => grant.RequestDigest);

    private readonly Statement _findByDigest;
    private readonly Statement _list;
    private readonly Statement _listOfGrantee;
    private readonly Statement _listRetirable;
    private readonly Statement _listTo;
    private readonly Statement _count;

    public GrantsTable(IDatabase database)
        : base(database, s_columns)
    {
        _findByDigest = Select("WHERE region = @region AND key_id = @key_id AND request_digest = @request_digest");
        _list = Select("WHERE region = @region AND key_id = @key_id AND grant_id > @after ORDER BY grant_id LIMIT @limit");
        _listOfGrantee = Prepare(ListOfGranteeSql);
        _listRetirable = Select(
            """
            WHERE region = @region AND retiring = @retiring AND retiring_is_service = @retiring_is_service AND grant_id > @after
            ORDER BY grant_id LIMIT @limit
            """);
        _listTo = Select(
            "WHERE (grantee = @name AND grantee_is_service = @is_service) OR (retiring = @name AND retiring_is_service = @is_service)");
        _count = Prepare("SELECT count FROM grant_counts WHERE region = @region AND key_id = @key_id", isHot: true);
    }

    internal static string ListOfGranteeSql { get; } = s_columns.Select
        + """
        WHERE region = @region AND key_id = @key_id AND grantee = @grantee AND grantee_is_service = @grantee_is_service
            AND grant_id > @after
        ORDER BY grant_id LIMIT @limit
        """;

    public Grant? Find(string region, string keyId, string grantId) =>
        FindByKey(("region", region), ("key_id", keyId), ("grant_id", grantId));

    public Grant? FindByDigest(string region, string keyId, string requestDigest) =>
        Find(_findByDigest, ("region", region), ("key_id", keyId), ("request_digest", requestDigest));

    public ImmutableArray<Grant> List(string region, string keyId, GrantPrincipal? grantee, string? afterGrantId, int limit) =>
        grantee is null
            ? List(_list, ("region", region), ("key_id", keyId), ("after", afterGrantId ?? ""), ("limit", limit))
            : List(
                _listOfGrantee,
                ("region", region),
                ("key_id", keyId),
                ("grantee", grantee.Name),
                ("grantee_is_service", grantee.IsService),
                ("after", afterGrantId ?? ""),
                ("limit", limit));

    public ImmutableArray<Grant> ListRetirable(string region, GrantPrincipal retiring, string? afterGrantId, int limit) => List(
        _listRetirable,
        ("region", region),
        ("retiring", retiring.Name),
        ("retiring_is_service", retiring.IsService),
        ("after", afterGrantId ?? ""),
        ("limit", limit));

    public ImmutableArray<Grant> ListTo(GrantPrincipal principal) =>
        List(_listTo, ("name", principal.Name), ("is_service", principal.IsService));

    public long Count(string region, string keyId) =>
        _count.Find(static row => row.Number("count"), ("region", region), ("key_id", keyId));

    public void Delete(Grant grant) => DeleteByKey(("region", grant.Region), ("key_id", grant.KeyId), ("grant_id", grant.GrantId));

    private static Grant Read(Row row) => new()
    {
        Region = row.Text("region"),
        KeyId = row.Text("key_id"),
        GrantId = row.Text("grant_id"),
        Name = row.Text("name"),
        CreationDate = row.Time("creation_date"),
        Grantee = new GrantPrincipal(row.Text("grantee"), row.Flag("grantee_is_service")),
        Retiring = row.TextOrNull("retiring") is string retiring ? new GrantPrincipal(retiring, row.Flag("retiring_is_service")) : null,
        Operations = [.. row.Text("operations").Split(' ').Select(Enum.Parse<GrantOperation>)],
        Constraints = ReadConstraints(
            row.Text("encryption_context_equals"), row.Text("encryption_context_subset"), row.TextOrNull("source_arn")),
    };

    private static GrantConstraints? ReadConstraints(string equals, string subset, string? sourceArn) =>
        equals == JsonPairs.Empty && subset == JsonPairs.Empty && sourceArn is null
            ? null
            : new GrantConstraints
            {
                EncryptionContextEquals = ReadContext(equals),
                EncryptionContextSubset = ReadContext(subset),
                SourceArn = sourceArn,
            };

    private static string WriteContext(IReadOnlyDictionary<string, string>? context) =>
        JsonPairs.Write<KeyValuePair<string, string>>(
            [.. context ?? ImmutableDictionary<string, string>.Empty],
            static pair => (pair.Key, pair.Value));

    private static Dictionary<string, string>? ReadContext(string json) => json == JsonPairs.Empty
        ? null
        : JsonPairs.Read(json, static (key, value) => KeyValuePair.Create(key!, value!)).ToDictionary(StringComparer.Ordinal);
}
