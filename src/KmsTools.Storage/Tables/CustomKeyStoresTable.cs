using System.Collections.Immutable;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>Custom key stores.</summary>
internal sealed class CustomKeyStoresTable(Database database)
{
    private const string Columns =
        """
        SELECT region, custom_key_store_id, name, cluster_id, trust_anchor_certificate, creation_date, type, wrapped_password,
               password_refused, connection_state, connection_error_code, connection_generation, connect_started, other_wrapped_password
        FROM custom_key_stores

        """;

    private readonly Statement _find = database.Prepare(Columns + " WHERE region = ? AND custom_key_store_id = ?");

    private readonly Statement _list = database.Prepare(
        Columns + " WHERE region = ? AND custom_key_store_id > ? ORDER BY custom_key_store_id LIMIT ?");

    private readonly Statement _listOfCluster = database.Prepare(
        Columns + " WHERE cluster_id = ? ORDER BY region, custom_key_store_id");

    private readonly Statement _listFailed = database.Prepare(
        Columns + " WHERE connection_state = 'FAILED' ORDER BY region, custom_key_store_id");

    private readonly Statement _insert = database.Prepare(
        """
        INSERT INTO custom_key_stores (
            name, cluster_id, trust_anchor_certificate, creation_date, type, wrapped_password, password_refused, connection_state,
            connection_error_code, connection_generation, connect_started, other_wrapped_password, region, custom_key_store_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _update = database.Prepare(
        """
        UPDATE custom_key_stores SET
            name = ?, cluster_id = ?, trust_anchor_certificate = ?, creation_date = ?, type = ?, wrapped_password = ?,
            password_refused = ?, connection_state = ?, connection_error_code = ?, connection_generation = ?, connect_started = ?,
            other_wrapped_password = ?
        WHERE region = ? AND custom_key_store_id = ?
        """);

    private readonly Statement _delete = database.Prepare(
        "DELETE FROM custom_key_stores WHERE region = ? AND custom_key_store_id = ?");

    public CustomKeyStore? Find(string region, string customKeyStoreId)
    {
        using Statement row = _find.Start().Bind(region).Bind(customKeyStoreId);
        return row.Step() ? Read(row) : null;
    }

    public ImmutableArray<CustomKeyStore> List(string region, string? afterCustomKeyStoreId, int limit) =>
        ReadAll(_list.Start().Bind(region).Bind(afterCustomKeyStoreId ?? "").Bind((long)limit));

    public ImmutableArray<CustomKeyStore> ListOfCluster(string clusterId) => ReadAll(_listOfCluster.Start().Bind(clusterId));

    public ImmutableArray<CustomKeyStore> ListFailed() => ReadAll(_listFailed.Start());

    public void Insert(CustomKeyStore store) => BindAll(_insert.Start(), store).Run();

    public void Update(CustomKeyStore store) => BindAll(_update.Start(), store).Run();

    public void Delete(string region, string customKeyStoreId) => _delete.Start().Bind(region).Bind(customKeyStoreId).Run();

    private static ImmutableArray<CustomKeyStore> ReadAll(Statement row)
    {
        using (row)
        {
            ImmutableArray<CustomKeyStore>.Builder stores = ImmutableArray.CreateBuilder<CustomKeyStore>();
            while (row.Step())
            {
                stores.Add(Read(row));
            }

            return stores.DrainToImmutable();
        }
    }

    private static CustomKeyStore Read(Statement row) => new()
    {
        Region = row.Text(0),
        CustomKeyStoreId = row.Text(1),
        Name = row.Text(2),
        CloudHsmClusterId = row.Text(3),
        TrustAnchorCertificate = row.Text(4),
        CreationDate = row.Time(5),
        Type = row.Name<CustomKeyStoreType>(6),
        WrappedPassword = row.Bytes(7),
        PasswordRefused = row.Flag(8),
        ConnectionState = row.Name<ConnectionStateType>(9),
        ConnectionErrorCode = row.NameOrNull<ConnectionErrorCodeType>(10),
        ConnectionGeneration = row.Number(11),
        ConnectStarted = row.TimeOrNull(12),
        OtherWrappedPassword = row.IsNull(13) ? null : (ReadOnlyMemory<byte>?)row.Bytes(13),
    };

    private static Statement BindAll(Statement statement, CustomKeyStore store) => statement
        .Bind(store.Name)
        .Bind(store.CloudHsmClusterId)
        .Bind(store.TrustAnchorCertificate)
        .Bind(store.CreationDate)
        .Bind(store.Type)
        .Bind(store.WrappedPassword.Span)
        .Bind(store.PasswordRefused)
        .Bind(store.ConnectionState)
        .Bind(store.ConnectionErrorCode)
        .Bind(store.ConnectionGeneration)
        .Bind(store.ConnectStarted)
        .BindOrNull(store.OtherWrappedPassword)
        .Bind(store.Region)
        .Bind(store.CustomKeyStoreId);
}
