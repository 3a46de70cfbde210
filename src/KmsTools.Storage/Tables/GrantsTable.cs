using System.Collections.Immutable;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>Grants.</summary>
internal sealed class GrantsTable(Database database)
{
    private const string Columns =
        """
        SELECT region, key_id, grant_id, name, creation_date, grantee, grantee_is_service, retiring, retiring_is_service,
               operations, encryption_context_equals, encryption_context_subset, source_arn
        FROM grants
        """;

    private readonly Statement _find = database.Prepare(Columns + " WHERE region = ? AND key_id = ? AND grant_id = ?");

    private readonly Statement _findByDigest = database.Prepare(Columns + " WHERE region = ? AND key_id = ? AND request_digest = ?");

    private readonly Statement _list = database.Prepare(
        Columns + " WHERE region = ? AND key_id = ? AND grant_id > ? ORDER BY grant_id LIMIT ?");

    // Without this hint, SQLite uses the primary key and scans all grants of the key.
    private readonly Statement _listOfGrantee = database.Prepare(
        Columns + " INDEXED BY grants_by_grantee WHERE region = ? AND key_id = ? AND grantee = ? AND grantee_is_service = ? AND grant_id "
            + "> ? ORDER BY grant_id LIMIT ?");

    private readonly Statement _listRetirable = database.Prepare(
        Columns + " WHERE region = ? AND retiring = ? AND retiring_is_service = ? AND grant_id > ? ORDER BY grant_id LIMIT ?");

    private readonly Statement _listTo = database.Prepare(
        Columns + " WHERE (grantee = ?1 AND grantee_is_service = ?2) OR (retiring = ?1 AND retiring_is_service = ?2)");

    private readonly Statement _count = database.Prepare("SELECT count FROM grant_counts WHERE region = ? AND key_id = ?");

    private readonly Statement _insert = database.Prepare(
        """
        INSERT INTO grants (
            region, key_id, grant_id, name, creation_date, grantee, grantee_is_service, retiring, retiring_is_service,
            operations, encryption_context_equals, encryption_context_subset, source_arn, request_digest)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _delete = database.Prepare("DELETE FROM grants WHERE region = ? AND key_id = ? AND grant_id = ?");

    public Grant? Find(string region, string keyId, string grantId) => ReadOne(_find.Start().Bind(region).Bind(keyId).Bind(grantId));

    public Grant? FindByDigest(string region, string keyId, string requestDigest) =>
        ReadOne(_findByDigest.Start().Bind(region).Bind(keyId).Bind(requestDigest));

    public ImmutableArray<Grant> List(string region, string keyId, GrantPrincipal? grantee, string? afterGrantId, int limit)
    {
        Statement rows = grantee is null
            ? _list.Start().Bind(region).Bind(keyId)
            : _listOfGrantee.Start().Bind(region).Bind(keyId).Bind(grantee.Name).Bind(grantee.IsService);
        return ReadAll(rows.Bind(afterGrantId ?? "").Bind((long)limit));
    }

    public ImmutableArray<Grant> ListRetirable(string region, GrantPrincipal retiring, string? afterGrantId, int limit) => ReadAll(
        _listRetirable.Start().Bind(region).Bind(retiring.Name).Bind(retiring.IsService).Bind(afterGrantId ?? "").Bind((long)limit));

    public ImmutableArray<Grant> ListTo(GrantPrincipal principal) =>
        ReadAll(_listTo.Start().Bind(principal.Name).Bind(principal.IsService));

    public long Count(string region, string keyId)
    {
        using Statement row = _count.Start().Bind(region).Bind(keyId);
        return row.Step() ? row.Number(0) : 0;
    }

    public void Insert(Grant grant) => _insert.Start()
        .Bind(grant.Region)
        .Bind(grant.KeyId)
        .Bind(grant.GrantId)
        .Bind(grant.Name)
        .Bind(grant.CreationDate)
        .Bind(grant.Grantee.Name)
        .Bind(grant.Grantee.IsService)
        .Bind(grant.Retiring?.Name)
        .Bind(grant.Retiring is { } retiring ? (retiring.IsService ? 1L : 0L) : (long?)null)
        .Bind(string.Join(' ', grant.Operations))
        .Bind(WriteContext(grant.Constraints?.EncryptionContextEquals))
        .Bind(WriteContext(grant.Constraints?.EncryptionContextSubset))
        .Bind(grant.Constraints?.SourceArn)
        .Bind(grant.RequestDigest)
        .Run();

    public void Delete(Grant grant) => _delete.Start().Bind(grant.Region).Bind(grant.KeyId).Bind(grant.GrantId).Run();

    private static Grant? ReadOne(Statement started)
    {
        using Statement row = started;
        return row.Step() ? Read(row) : null;
    }

    private static ImmutableArray<Grant> ReadAll(Statement started)
    {
        using Statement row = started;
        ImmutableArray<Grant>.Builder grants = ImmutableArray.CreateBuilder<Grant>();
        while (row.Step())
        {
            grants.Add(Read(row));
        }

        return grants.DrainToImmutable();
    }

    private static Grant Read(Statement row) => new()
    {
        Region = row.Text(0),
        KeyId = row.Text(1),
        GrantId = row.Text(2),
        Name = row.Text(3),
        CreationDate = row.Time(4),
        Grantee = new GrantPrincipal(row.Text(5), row.Flag(6)),
        Retiring = row.TextOrNull(7) is string retiring ? new GrantPrincipal(retiring, row.Flag(8)) : null,
        Operations = [.. row.Text(9).Split(' ').Select(EnumNames<GrantOperation>.Parse)],
        Constraints = ReadConstraints(row.Text(10), row.Text(11), row.TextOrNull(12)),
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
