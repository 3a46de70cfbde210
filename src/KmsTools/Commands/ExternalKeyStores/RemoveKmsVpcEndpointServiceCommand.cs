using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Removes a VPC endpoint service. External key stores that use it stay as they are, and cannot be connected any more.</summary>
/// <example>
/// <code>
/// Remove-KmsVpcEndpointService com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0
/// </code>
/// <para>Removes a service.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsVpcEndpointService | Remove-KmsVpcEndpointService -WhatIf
/// </code>
/// <para>Shows which services would be removed.</para>
/// </example>
[Cmdlet(VerbsCommon.Remove, "KmsVpcEndpointService", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "vpc-connectivity.html")]
[OutputType("None")]
public sealed class RemoveKmsVpcEndpointServiceCommand : KmsCmdlet
{
    /// <summary>The name of the service.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("VpcEndpointServiceName", "XksProxyVpcEndpointServiceName")]
    [VpcEndpointServiceArgument]
    [ArgumentCompleter(typeof(VpcEndpointServiceCompleter))]
    [ValidateNotNullOrEmpty]
    public string ServiceName { get; set; } = "";

    private protected override object? Subject => ServiceName;

    private protected override void Process()
    {
        if (!Engine.ExternalKeyStores.ListServices().Any(service => service.ServiceName == ServiceName))
        {
            Refuse(KmsErrorRecord.NoVpcEndpointService(Engine, ServiceName));
        }

        if (ConfirmAction($"Remove the VPC endpoint service {ServiceName}"))
        {
            _ = Engine.ExternalKeyStores.RemoveService(ServiceName, LocalCaller);
        }
    }
}
