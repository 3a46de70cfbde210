using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the host names of external key store proxies: those that have an address, and those of the key stores.</summary>
public sealed class XksProxyHostCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        Completion[] set = [.. state.ListXksProxyAddresses().Select(
            static address => new Completion(address.HostName, $"{address.Address ?? address.HostName}, port {address.Port}"))];
        return !Is(command, "Set-KmsXksProxyAddress") ? set :
        [
            .. set,
            .. state.ListExternalKeyStores().Where(store => !set.Any(address => address.Text == store.Proxy!.Host))
                .GroupBy(static store => store.Proxy!.Host, StringComparer.Ordinal)
                .Select(static stores => new Completion(stores.Key, string.Join(", ", stores.Select(static store => store.Name)))),
        ];
    }
}
