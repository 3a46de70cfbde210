using System.Collections.Immutable;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>HSM clusters.</summary>
internal sealed class HsmClustersTable : Table<HsmCluster>
{
    private const string NamedByUri = "uri";

    private static readonly Columns<HsmCluster> s_columns = new Columns<HsmCluster>("hsm_clusters", Read)
        .Key("cluster_id", static cluster => cluster.ClusterId)
        .Changing("library", static cluster => cluster.Library)
        .Changing("tokens", static cluster => WriteTokens(cluster.Tokens))
        .Changing("trust_anchor_certificate", static cluster => cluster.TrustAnchorCertificate)
        .Changing("creation_date", static cluster => cluster.CreationDate)
        .Changing("high_availability", static cluster => cluster.HighAvailability)
        .Changing("manage_password", static cluster => cluster.ManagePassword)
        .Changing("commands_from_elsewhere", static cluster => cluster.CommandsFromElsewhere)
        .Changing("pin_source", static cluster => cluster.PinSource)
        .Changing("wrapped_pin", static cluster => cluster.WrappedPin);

    private readonly Statement _list;

    public HsmClustersTable(IDatabase database)
        : base(database, s_columns) => _list = Select("ORDER BY cluster_id");

    public HsmCluster? Find(string clusterId) => FindByKey(("cluster_id", clusterId));

    public ImmutableArray<HsmCluster> List() => List(_list);

    public void Delete(string clusterId) => DeleteByKey(("cluster_id", clusterId));

    private static HsmCluster Read(Row row) => new()
    {
        ClusterId = row.Text("cluster_id"),
        Library = row.Text("library"),
        Tokens = ReadTokens(row.Text("tokens")),
        TrustAnchorCertificate = row.Text("trust_anchor_certificate"),
        CreationDate = row.Time("creation_date"),
        HighAvailability = row.Flag("high_availability"),
        ManagePassword = row.Flag("manage_password"),
        CommandsFromElsewhere = row.SmallNumber("commands_from_elsewhere"),
        PinSource = row.TextOrNull("pin_source"),
        WrappedPin = row.BytesOrNull("wrapped_pin"),
    };

    // [label, serial number, library or null, manufacturer or null, model or null, "uri" or null], without trailing nulls.
    private static string WriteTokens(ImmutableArray<HsmToken> tokens) => JsonTexts.Write(tokens.Select(static token =>
    {
        string?[] parts =
            [token.TokenLabel, token.SerialNumber, token.Library, token.Manufacturer, token.Model, token.IsNamedByUri ? NamedByUri : null];
        return parts[..(Array.FindLastIndex(parts, static part => part is not null) + 1)];
    }));

    private static ImmutableArray<HsmToken> ReadTokens(string json) =>
    [
        .. JsonTexts.ReadLists(json).Select(static parts => new HsmToken(
            parts[0]!,
            parts[1]!,
            parts.ElementAtOrDefault(2),
            parts.ElementAtOrDefault(3),
            parts.ElementAtOrDefault(4),
            parts.ElementAtOrDefault(5) == NamedByUri)),
    ];
}
