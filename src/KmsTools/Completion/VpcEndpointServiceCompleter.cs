using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the names of VPC endpoint services.</summary>
public sealed class VpcEndpointServiceCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        return [.. state.ListVpcEndpointServices().Select(
            static service => new Completion(service.ServiceName, service.PrivateDnsName ?? "No private DNS name"))];
    }
}
