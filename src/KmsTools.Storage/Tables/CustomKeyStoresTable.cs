using System.Collections.Immutable;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>Custom key stores.</summary>
internal sealed class CustomKeyStoresTable : Table<CustomKeyStore>
{
    private static readonly Columns<CustomKeyStore> s_columns = new Columns<CustomKeyStore>("custom_key_stores", Read)
        .Key("region", static store => store.Region)
        .Key("custom_key_store_id", static store => store.CustomKeyStoreId)
        .Changing("name", static store => store.Name)
        .Changing("cluster_id", static store => store.CloudHsmClusterId)
        .Changing("trust_anchor_certificate", static store => store.TrustAnchorCertificate)
        .Changing("creation_date", static store => store.CreationDate)
        .Changing("type", static store => store.Type)
        .Changing("wrapped_password", static store => store.WrappedPassword)
        .Changing("password_refused", static store => store.PasswordRefused)
        .Changing("connection_state", static store => store.ConnectionState)
        .Changing("connection_error_code", static store => store.ConnectionErrorCode)
        .Changing("connection_generation", static store => store.ConnectionGeneration)
        .Changing("connect_started", static store => store.ConnectStarted)
        .Changing("other_wrapped_password", static store => store.OtherWrappedPassword)
        .Changing("proxy_connectivity", static store => store.Proxy?.Connectivity)
        .Changing("proxy_uri_endpoint", static store => store.Proxy?.UriEndpoint)
        .Changing("proxy_uri_path", static store => store.Proxy?.UriPath)
        .Changing("proxy_service_name", static store => store.Proxy?.VpcEndpointServiceName)
        .Changing("proxy_service_owner", static store => store.Proxy?.VpcEndpointServiceOwner)
        .Changing("proxy_access_key_id", static store => store.Proxy?.AccessKeyId)
        .Changing("proxy_wrapped_secret", static store => store.Proxy?.WrappedSecret)
        .Changing("proxy_credential_date", static store => store.Proxy?.CredentialDate)
        .Changing("proxy_certificate_name", static store => store.Proxy?.CertificateName)
        .Changing("proxy_certificate_not_after", static store => store.Proxy?.CertificateNotAfter);

    private readonly Statement _list;
    private readonly Statement _listOfCluster;
    private readonly Statement _listFailed;
    private readonly Statement _listExternal;

    public CustomKeyStoresTable(IDatabase database)
        : base(database, s_columns)
    {
        _list = Select("WHERE region = @region AND custom_key_store_id > @after ORDER BY custom_key_store_id LIMIT @limit");
        _listOfCluster = Select("WHERE cluster_id = @cluster_id ORDER BY region, custom_key_store_id");
        _listExternal = Select("WHERE type = 'EXTERNAL_KEY_STORE' ORDER BY region, custom_key_store_id");
        _listFailed = Select("WHERE connection_state = 'FAILED' ORDER BY region, custom_key_store_id");
    }

    public CustomKeyStore? Find(string region, string customKeyStoreId) =>
        FindByKey(("region", region), ("custom_key_store_id", customKeyStoreId));

    public ImmutableArray<CustomKeyStore> List(string region, string? afterCustomKeyStoreId, int limit) =>
        List(_list, ("region", region), ("after", afterCustomKeyStoreId ?? ""), ("limit", limit));

    public ImmutableArray<CustomKeyStore> ListOfCluster(string clusterId) => List(_listOfCluster, ("cluster_id", clusterId));

    public ImmutableArray<CustomKeyStore> ListExternal() => List(_listExternal);

    public ImmutableArray<CustomKeyStore> ListFailed() => List(_listFailed);

    public void Delete(string region, string customKeyStoreId) =>
        DeleteByKey(("region", region), ("custom_key_store_id", customKeyStoreId));

    private static CustomKeyStore Read(Row row) => new()
    {
        Region = row.Text("region"),
        CustomKeyStoreId = row.Text("custom_key_store_id"),
        Name = row.Text("name"),
        CloudHsmClusterId = row.TextOrNull("cluster_id"),
        TrustAnchorCertificate = row.TextOrNull("trust_anchor_certificate"),
        CreationDate = row.Time("creation_date"),
        Type = row.Name<CustomKeyStoreType>("type"),
        WrappedPassword = row.Bytes("wrapped_password"),
        PasswordRefused = row.Flag("password_refused"),
        ConnectionState = row.Name<ConnectionStateType>("connection_state"),
        ConnectionErrorCode = row.NameOrNull<ConnectionErrorCodeType>("connection_error_code"),
        ConnectionGeneration = row.Number("connection_generation"),
        ConnectStarted = row.TimeOrNull("connect_started"),
        OtherWrappedPassword = row.BytesOrNull("other_wrapped_password"),
        Proxy = row.NameOrNull<XksProxyConnectivityType>("proxy_connectivity") is { } connectivity ? ReadProxy(row, connectivity) : null,
    };

    private static ExternalKeyStoreProxy ReadProxy(Row row, XksProxyConnectivityType connectivity) => new()
    {
        Connectivity = connectivity,
        UriEndpoint = row.Text("proxy_uri_endpoint"),
        UriPath = row.Text("proxy_uri_path"),
        VpcEndpointServiceName = row.TextOrNull("proxy_service_name"),
        VpcEndpointServiceOwner = row.TextOrNull("proxy_service_owner"),
        AccessKeyId = row.Text("proxy_access_key_id"),
        WrappedSecret = row.Bytes("proxy_wrapped_secret"),
        CredentialDate = row.Time("proxy_credential_date"),
        CertificateName = row.TextOrNull("proxy_certificate_name"),
        CertificateNotAfter = row.TimeOrNull("proxy_certificate_not_after"),
    };
}
