using System.Collections.Immutable;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>The addresses of external key store proxies.</summary>
internal sealed class XksProxyAddressesTable : Table<XksProxyAddress>
{
    private const string EndOfCertificate = "-----END CERTIFICATE-----";

    private static readonly Columns<XksProxyAddress> s_columns = new Columns<XksProxyAddress>("xks_proxy_addresses", Read)
        .Key("host_name", static address => address.HostName)
        .Changing("address", static address => address.Address)
        .Changing("port", static address => (long)address.Port)
        .Changing("trust_anchors", static address => string.Concat(address.TrustAnchors))
        .Changing("client_certificate_path", static address => address.ClientCertificatePath)
        .Changing("timeout", static address => (long)address.TimeoutInMilliseconds);

    private readonly Statement _list;

    public XksProxyAddressesTable(IDatabase database)
        : base(database, s_columns) => _list = Select("ORDER BY host_name");

    public XksProxyAddress? Find(string hostName) => FindByKey(("host_name", hostName));

    public ImmutableArray<XksProxyAddress> List() => List(_list);

    public void Delete(string hostName) => DeleteByKey(("host_name", hostName));

    private static XksProxyAddress Read(Row row) => new()
    {
        HostName = row.Text("host_name"),
        Address = row.TextOrNull("address"),
        Port = row.SmallNumber("port"),
        TrustAnchors =
        [
            .. row.Text("trust_anchors").Split(EndOfCertificate, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(static certificate => certificate + '\n' + EndOfCertificate + '\n'),
        ],
        ClientCertificatePath = row.TextOrNull("client_certificate_path"),
        TimeoutInMilliseconds = row.SmallNumber("timeout"),
    };
}
