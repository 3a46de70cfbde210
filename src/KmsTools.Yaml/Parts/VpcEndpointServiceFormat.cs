using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>A VPC endpoint service.</summary>
internal sealed class VpcEndpointServiceFormat() : PartFormat<EstateVpcEndpointService>(
    "vpcEndpointService", "A VPC endpoint service that external key stores are reached through, identified by its name.")
{
    /// <summary>The one instance.</summary>
    public static readonly VpcEndpointServiceFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstateVpcEndpointService>> Members { get; } =
    [
        Member("name", Value.Like(VpcEndpointService.NamePattern), static service => service.Name,
            static (service, name) => service with { Name = name },
            "The name, such as com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0.", isRequired: true),
        Member("owner", EstateProxyFormat.Account, static service => service.Owner,
            static (service, owner) => service with { Owner = owner },
            "The account that owns it. The default is that of the store."),
        Member("privateDnsName", Value.String, static service => service.PrivateDnsName,
            static (service, name) => service with { PrivateDnsName = name },
            "The private DNS name: the host name of the proxy. The default is none."),
        Member("domainVerified", new FlagFormat { Default = true }, static service => service.DomainVerified,
            static (service, verified) => service with { DomainVerified = verified },
            "Whether the domain of the private DNS name is verified. The default is true."),
        Member("allowedPrincipals", new ListFormat<Located<string>>(Value.String, null) { WritesEmpty = true },
            static service => service.AllowedPrincipals,
            static (service, principals) => service with { AllowedPrincipals = principals },
            "The service principals that may use it. The default is that of AWS KMS in its Region."),
        Member("availabilityZones", new NumberFormat(0, 6) { Default = 2 }, static service => service.AvailabilityZones,
            static (service, zones) => service with { AvailabilityZones = zones },
            "The number of Availability Zones of its network load balancer. The default is 2, as AWS KMS requires."),
        Member("acceptanceRequired", new FlagFormat { Default = false }, static service => service.AcceptanceRequired,
            static (service, required) => service with { AcceptanceRequired = required },
            "Whether its owner must accept connection requests, which AWS KMS does not allow. The default is false."),
    ];

    /// <inheritdoc/>
    protected override EstateVpcEndpointService Begin(SourcePosition position) => new()
    {
        Position = position,
        Name = new("", position),
    };
}
