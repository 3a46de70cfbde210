using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>
/// Registers a VPC endpoint service for external key stores with connectivity VPC_ENDPOINT_SERVICE, or changes it: the counterpart of a
/// service of Amazon VPC.
/// </summary>
/// <remarks>
/// <para>
/// The service decides what AWS KMS would accept when a key store is created, changed and connected. Requests go to the host of the proxy:
/// Set-KmsXksProxyAddress sets where that is.
/// </para>
/// <para>
/// What is not given stays as it is, or has its default in a new service. The defaults are what AWS KMS requires, except for the private
/// DNS name, which a service needs.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// Set-KmsVpcEndpointService com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0 -PrivateDnsName xks.example.com
/// </code>
/// <para>Registers a service that an external key store can use.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsVpcEndpointService | Set-KmsVpcEndpointService -AcceptanceRequired $true
/// </code>
/// <para>Rehearses a mistake: AWS KMS does not connect key stores to services that require acceptance.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "KmsVpcEndpointService", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "vpc-connectivity.html")]
[OutputType(typeof(VpcEndpointService))]
public sealed class SetKmsVpcEndpointServiceCommand : KmsCmdlet
{
    /// <summary>The name, such as com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0. The Region is part of it.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("VpcEndpointServiceName", "XksProxyVpcEndpointServiceName")]
    [VpcEndpointServiceArgument]
    [ArgumentCompleter(typeof(VpcEndpointServiceCompleter))]
    [ValidateNotNullOrEmpty]
    public string ServiceName { get; set; } = "";

    /// <summary>The private DNS name: the host name of the proxy. $null for none.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? PrivateDnsName { get; set; }

    /// <summary>The account that owns the service, 12 digits. The default is that of the store.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? Owner { get; set; }

    /// <summary>Whether the domain of the private DNS name is verified. The default is $true.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(bool))]
    public bool? IsDomainVerified { get; set; }

    /// <summary>
    /// The service principals that may use the service, such as cks.kms.us-east-1.amazonaws.com. $null for that of AWS KMS in its Region,
    /// which is the default.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("AllowedPrincipals")]
    [TextTransformation]
    [AllowNull]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string[]? AllowedPrincipal { get; set; }

    /// <summary>
    /// The number of Availability Zones that the network load balancer has subnets in, 0 to 6. AWS KMS requires two, which is the default.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("AvailabilityZones")]
    [ValueArgument(typeof(int))]
    public int? AvailabilityZoneCount { get; set; }

    /// <summary>Whether the owner must accept connection requests. AWS KMS requires that it need not; the default is $false.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(bool))]
    public bool? AcceptanceRequired { get; set; }

    private protected override object? Subject => ServiceName;

    private protected override void Process()
    {
        VpcEndpointService? present = Engine.ExternalKeyStores.ListServices().FirstOrDefault(service => service.ServiceName == ServiceName);
        VpcEndpointService service = present
            ?? new VpcEndpointService { ServiceName = ServiceName, Owner = Engine.Properties.AccountId };
        service = service with
        {
            Owner = Owner ?? service.Owner,
            PrivateDnsName = !IsBound(nameof(PrivateDnsName)) ? service.PrivateDnsName
                : string.IsNullOrEmpty(PrivateDnsName) ? null : PrivateDnsName,
            IsDomainVerified = IsDomainVerified ?? service.IsDomainVerified,
            AllowedPrincipals = !IsBound(nameof(AllowedPrincipal)) ? service.AllowedPrincipals
                : AllowedPrincipal is null ? null : [.. AllowedPrincipal],
            AvailabilityZones = AvailabilityZoneCount ?? service.AvailabilityZones,
            AcceptanceRequired = AcceptanceRequired ?? service.AcceptanceRequired,
        };
        ExternalKeyStoreRegistry.Require(service);
        if (ConfirmAction(
            $"{(present is null ? "Register" : "Change")} the VPC endpoint service {ServiceName} with the private DNS name "
                + $"{service.PrivateDnsName ?? "(none)"}"))
        {
            WriteObject(Engine.ExternalKeyStores.SetService(service, LocalCaller));
        }
    }
}
