namespace KmsTools.Storage;

/// <content>How external key store proxies are reached.</content>
internal sealed partial class StateTransaction
{
    public void PutXksProxyAddress(XksProxyAddress address) => Connection.ProxyAddresses.Put(address);

    public void DeleteXksProxyAddress(string hostName) => Connection.ProxyAddresses.Delete(hostName);

    public void PutVpcEndpointService(VpcEndpointService service) => Connection.EndpointServices.Put(service);

    public void DeleteVpcEndpointService(string serviceName) => Connection.EndpointServices.Delete(serviceName);
}
