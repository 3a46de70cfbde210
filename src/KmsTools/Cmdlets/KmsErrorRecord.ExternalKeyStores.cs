using System.Management.Automation;

namespace KmsTools.Commands;

/// <content>Records about what surrounds external key stores.</content>
internal static partial class KmsErrorRecord
{
    /// <summary>The record for a host that has no address.</summary>
    public static ErrorRecord NoProxyAddress(KmsEngine engine, string hostName) => NotFound(
        "XksProxyAddressNotFound",
        $"No address is set for proxies at '{hostName}'.",
        hostName,
        engine.ExternalKeyStores.ListAddresses().Select(static address => address.HostName),
        "Get-KmsXksProxyAddress shows the hosts that have one.");

    /// <summary>The record for a VPC endpoint service that is not registered.</summary>
    public static ErrorRecord NoVpcEndpointService(KmsEngine engine, string serviceName) => NotFound(
        "VpcEndpointServiceNotFound",
        $"VPC endpoint service '{serviceName}' is not registered.",
        serviceName,
        engine.ExternalKeyStores.ListServices().Select(static service => service.ServiceName),
        "Get-KmsVpcEndpointService shows the services.");
}
