using System.Collections.Immutable;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Gets the VPC endpoint services that external key stores can use.</summary>
/// <example>
/// <code>
/// Get-KmsVpcEndpointService
/// </code>
/// <para>Gets all services.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsVpcEndpointService | Where-Object AvailabilityZones -LT 2
/// </code>
/// <para>Gets the services that AWS KMS would not accept because of their load balancer.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsVpcEndpointService", HelpUri = HelpPages.Guide + "vpc-connectivity.html")]
[OutputType(typeof(VpcEndpointService))]
public sealed class GetKmsVpcEndpointServiceCommand : KmsCmdlet
{
    /// <summary>Gets only the service with this name.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("VpcEndpointServiceName", "XksProxyVpcEndpointServiceName")]
    [VpcEndpointServiceArgument]
    [ArgumentCompleter(typeof(VpcEndpointServiceCompleter))]
    public string? ServiceName { get; set; }

    private protected override object? Subject => ServiceName;

    private protected override void Process()
    {
        ImmutableArray<VpcEndpointService> services = [.. Engine.ExternalKeyStores.ListServices()
            .Where(service => ServiceName is null || service.ServiceName == ServiceName)];
        if (services.IsEmpty && ServiceName is not null)
        {
            Refuse(KmsErrorRecord.NoVpcEndpointService(Engine, ServiceName));
        }

        WriteObject(services, enumerateCollection: true);
    }
}
