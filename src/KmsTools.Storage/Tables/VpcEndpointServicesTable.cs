using System.Collections.Immutable;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>VPC endpoint services.</summary>
internal sealed class VpcEndpointServicesTable : Table<VpcEndpointService>
{
    private static readonly Columns<VpcEndpointService> s_columns = new Columns<VpcEndpointService>("vpc_endpoint_services", Read)
        .Key("service_name", static service => service.ServiceName)
        .Changing("owner", static service => service.Owner)
        .Changing("private_dns_name", static service => service.PrivateDnsName)
        .Changing("is_domain_verified", static service => service.IsDomainVerified)
        .Changing(
            "allowed_principals", static service => service.AllowedPrincipals is { } principals ? string.Join(' ', principals) : null)
        .Changing("availability_zones", static service => (long)service.AvailabilityZones)
        .Changing("acceptance_required", static service => service.AcceptanceRequired);

    private readonly Statement _list;

    public VpcEndpointServicesTable(IDatabase database)
        : base(database, s_columns) => _list = Select("ORDER BY service_name");

    public VpcEndpointService? Find(string serviceName) => FindByKey(("service_name", serviceName));

    public ImmutableArray<VpcEndpointService> List() => List(_list);

    public void Delete(string serviceName) => DeleteByKey(("service_name", serviceName));

    private static VpcEndpointService Read(Row row) => new()
    {
        ServiceName = row.Text("service_name"),
        Owner = row.Text("owner"),
        PrivateDnsName = row.TextOrNull("private_dns_name"),
        IsDomainVerified = row.Flag("is_domain_verified"),
        AllowedPrincipals = row.TextOrNull("allowed_principals") is { } principals
            ? [.. principals.Split(' ', StringSplitOptions.RemoveEmptyEntries)]
            : null,
        AvailabilityZones = row.SmallNumber("availability_zones"),
        AcceptanceRequired = row.Flag("acceptance_required"),
    };
}
