using System.Collections.Immutable;
using System.Text.Json;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>HSM clusters.</summary>
internal sealed class HsmClustersTable(Database database)
{
    private const string NamedByUri = "uri";

    private const string Columns =
        "SELECT cluster_id, library, tokens, trust_anchor_certificate, creation_date, high_availability, manage_password," +
        " commands_from_elsewhere, pin_source, wrapped_pin FROM hsm_clusters ";

    private readonly Statement _find = database.Prepare(Columns + "WHERE cluster_id = ?");
    private readonly Statement _list = database.Prepare(Columns + "ORDER BY cluster_id");

    private readonly Statement _insert = database.Prepare(
        """
        INSERT INTO hsm_clusters (library, tokens, trust_anchor_certificate, creation_date, high_availability, manage_password,
            commands_from_elsewhere,
            pin_source, wrapped_pin, cluster_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _update = database.Prepare(
        """
        UPDATE hsm_clusters SET
            library = ?, tokens = ?, trust_anchor_certificate = ?, creation_date = ?, high_availability = ?, manage_password = ?,
            commands_from_elsewhere = ?, pin_source = ?, wrapped_pin = ?
        WHERE cluster_id = ?
        """);

    private readonly Statement _delete = database.Prepare("DELETE FROM hsm_clusters WHERE cluster_id = ?");

    public HsmCluster? Find(string clusterId)
    {
        using Statement row = _find.Start().Bind(clusterId);
        return row.Step() ? Read(row) : null;
    }

    public ImmutableArray<HsmCluster> List()
    {
        using Statement row = _list.Start();
        ImmutableArray<HsmCluster>.Builder clusters = ImmutableArray.CreateBuilder<HsmCluster>();
        while (row.Step())
        {
            clusters.Add(Read(row));
        }

        return clusters.DrainToImmutable();
    }

    public void Insert(HsmCluster cluster) => BindAll(_insert.Start(), cluster).Run();

    public void Update(HsmCluster cluster) => BindAll(_update.Start(), cluster).Run();

    public void Delete(string clusterId) => _delete.Start().Bind(clusterId).Run();

    private static HsmCluster Read(Statement row) => new()
    {
        ClusterId = row.Text(0),
        Library = row.Text(1),
        Tokens = ReadTokens(row.Text(2)),
        TrustAnchorCertificate = row.Text(3),
        CreationDate = row.Time(4),
        HighAvailability = row.Flag(5),
        ManagePassword = row.Flag(6),
        CommandsFromElsewhere = checked((int)row.Number(7)),
        PinSource = row.TextOrNull(8),
        WrappedPin = row.IsNull(9) ? null : (ReadOnlyMemory<byte>?)row.Bytes(9),
    };

    private static Statement BindAll(Statement statement, HsmCluster cluster) => statement
        .Bind(cluster.Library)
        .Bind(WriteTokens(cluster.Tokens))
        .Bind(cluster.TrustAnchorCertificate)
        .Bind(cluster.CreationDate)
        .Bind(cluster.HighAvailability)
        .Bind(cluster.ManagePassword)
        .Bind((long)cluster.CommandsFromElsewhere)
        .Bind(cluster.PinSource)
        .BindOrNull(cluster.WrappedPin)
        .Bind(cluster.ClusterId);

    // [label, serial number, library or null, manufacturer or null, model or null, "uri" or null], without trailing nulls.
    private static string WriteTokens(ImmutableArray<HsmToken> tokens) => JsonSerializer.Serialize(tokens.Select(static token =>
    {
        string?[] parts =
            [token.TokenLabel, token.SerialNumber, token.Library, token.Manufacturer, token.Model, token.IsNamedByUri ? NamedByUri : null];
        return parts[..(Array.FindLastIndex(parts, static part => part is not null) + 1)];
    }));

    private static ImmutableArray<HsmToken> ReadTokens(string json) =>
    [
        .. JsonSerializer.Deserialize<string?[][]>(json)!.Select(static parts => new HsmToken(
            parts[0]!,
            parts[1]!,
            parts.ElementAtOrDefault(2),
            parts.ElementAtOrDefault(3),
            parts.ElementAtOrDefault(4),
            parts.ElementAtOrDefault(5) == NamedByUri)),
    ];
}
