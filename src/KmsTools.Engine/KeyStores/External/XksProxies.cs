using System.Collections.Concurrent;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>The proxies of external key stores, as this process calls them: with the address and the credential that the store has now.</summary>
/// <param name="store">The store.</param>
/// <param name="client">Creates the client when a proxy is first called.</param>
internal sealed class XksProxies(IStateStore store, Func<IXksClient> client) : IDisposable
{
    // A call that began before a change of the credential still signs with the former one.
    private static readonly TimeSpan s_grace = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly Lazy<IXksClient> _client = new(client);

    /// <summary>The client, which calls the proxies.</summary>
    public IXksClient Client => _client.Value;

    /// <summary>The proxy of an external key store.</summary>
    /// <param name="keyStore">The key store, as the call sees it.</param>
    /// <param name="state">The state, which knows the addresses of proxies.</param>
    public XksProxyTarget TargetOf(CustomKeyStore keyStore, IStateReader state)
    {
        ExternalKeyStoreProxy proxy = keyStore.RequiredProxy;
        XksProxyAddress? address = state.FindXksProxyAddress(proxy.Host);
        if (_known.TryGetValue(keyStore.CustomKeyStoreId, out Known? known) && known.Is(proxy, address))
        {
            return known.Target;
        }

        lock (_known)
        {
            if (_known.TryGetValue(keyStore.CustomKeyStoreId, out known) && known.Is(proxy, address))
            {
                return known.Target;
            }

            if (known is not null)
            {
                Retire(known);
            }

            known = new Known(proxy, address, MakeTarget(keyStore, proxy, address));
            _known[keyStore.CustomKeyStoreId] = known;
            return known.Target;
        }
    }

    /// <summary>Asks the proxy of an external key store for its health.</summary>
    /// <param name="keyStore">The key store.</param>
    /// <param name="state">The state, which knows the addresses of proxies.</param>
    /// <param name="metadata">About the call that needs it.</param>
    /// <returns>The key store, with what the answer showed about the certificate of the proxy.</returns>
    /// <exception cref="XksException">The proxy does not answer as it must, or all its external key managers are unavailable.</exception>
    public CustomKeyStore CheckHealth(CustomKeyStore keyStore, IStateReader state, XksRequestMetadata metadata) =>
        CheckHealth(keyStore, TargetOf(keyStore, state), metadata);

    /// <summary>Does what <see cref="CheckHealth(CustomKeyStore, IStateReader, XksRequestMetadata)"/> does for a store that is not saved.</summary>
    /// <exception cref="XksException">The proxy does not answer as it must, or all its external key managers are unavailable.</exception>
    public CustomKeyStore Probe(CustomKeyStore keyStore, IStateReader state, XksRequestMetadata metadata)
    {
        XksProxyTarget target = MakeTarget(keyStore, keyStore.RequiredProxy, state.FindXksProxyAddress(keyStore.RequiredProxy.Host));
        using XksCredential credential = target.Credential;
        try
        {
            return CheckHealth(keyStore, target, metadata);
        }
        catch (XksException)
        {
            // The store may never exist, and then nothing else would close them.
            Client.Disconnect(keyStore.CustomKeyStoreId);
            throw;
        }
    }

    /// <summary>Closes the connections to the proxy of a key store.</summary>
    public void Disconnect(string customKeyStoreId)
    {
        if (_known.TryRemove(customKeyStoreId, out Known? known))
        {
            Retire(known);
        }

        if (_client.IsValueCreated)
        {
            Client.Disconnect(customKeyStoreId);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            Client.Dispose();
        }

        foreach (Known known in _known.Values)
        {
            known.Target.Credential.Dispose();
        }
    }

    private CustomKeyStore CheckHealth(CustomKeyStore keyStore, XksProxyTarget target, XksRequestMetadata metadata)
    {
        XksHealth health = Client.GetHealthStatus(target, metadata);
        return health.EkmFleetDetails.All(static manager => manager.HealthStatus == ExternalKeyManagerState.UNAVAILABLE)
            ? throw new XksException(
                XksFailure.KeyManagersUnavailable, "The proxy answers, and says that all its external key managers are UNAVAILABLE.")
            : keyStore with
            {
                Proxy = keyStore.RequiredProxy with
                {
                    CertificateName = health.CertificateName,
                    CertificateNotAfter = health.CertificateNotAfter,
                },
            };
    }

    private static void Retire(Known known) => _ = Task.Delay(s_grace).ContinueWith(
        static (_, credential) => ((XksCredential)credential!).Dispose(), known.Target.Credential, TaskScheduler.Default);

    private XksProxyTarget MakeTarget(CustomKeyStore keyStore, ExternalKeyStoreProxy proxy, XksProxyAddress? address)
    {
        address ??= new XksProxyAddress { HostName = proxy.Host };
        return new XksProxyTarget
        {
            CustomKeyStoreId = keyStore.CustomKeyStoreId,
            Host = proxy.Host,
            UriPath = proxy.UriPath,
            Region = keyStore.Region,
            Credential = new XksCredential(proxy.AccessKeyId, OpenSecret(keyStore)),
            Address = address.Address,
            Port = address.Port,
            TrustAnchors = address.TrustAnchors,
            ClientCertificatePath = address.ClientCertificatePath,
            Timeout = TimeSpan.FromMilliseconds(address.TimeoutInMilliseconds),
        };
    }

    private Secret OpenSecret(CustomKeyStore keyStore)
    {
        try
        {
            return ProxySecret.Open(store.RootKey, keyStore);
        }
        catch (StateStoreException)
        {
            // The root key may have been rotated since the call has read its key. Only what the store has now can be damaged.
            using IStateReader reader = store.OpenReader();
            return ProxySecret.Open(store.RootKey, reader.FindCustomKeyStore(keyStore.Region, keyStore.CustomKeyStoreId) ?? keyStore);
        }
    }

    private sealed record Known(ExternalKeyStoreProxy Proxy, XksProxyAddress? Address, XksProxyTarget Target)
    {
        public bool Is(ExternalKeyStoreProxy proxy, XksProxyAddress? address) =>
            Proxy.IsReachedAs(proxy) && XksProxyAddress.AreSame(Address, address);
    }
}
