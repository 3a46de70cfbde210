using System.Collections.Frozen;
using System.Collections.Immutable;
using KmsTools.XksProxy.Settings;
using KmsTools.XksProxy.Tokens;

namespace KmsTools.XksProxy.Stores;

/// <summary>
/// What the proxy serves under one set of settings. New settings are another state: a request keeps the one that it began with, which ends
/// with its last request.
/// </summary>
internal sealed class ProxyState
{
    // What a body has beside plaintext and additional data: names, ARNs of 2,048 characters, and room for what is to come.
    private const int MaxOtherBytes = 32 * 1024;

    private readonly FrozenDictionary<string, KeyStore> _stores;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Interlocked: the host, while it is the current one, and each request. Never again more than 0 once it was.
    private int _leases = 1;

    /// <summary>Creates it.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="stores">The key stores, which it disposes of.</param>
    /// <param name="tokens">The tokens, of which it is one user.</param>
    public ProxyState(XksProxySettings settings, IEnumerable<KeyStore> stores, ImmutableArray<ProxyToken> tokens)
    {
        Settings = settings;
        Tokens = tokens;
        _stores = stores.ToFrozenDictionary(static store => store.Settings.Prefix, StringComparer.Ordinal);
        MaxBody = ((4 * (settings.Limits.MaxPlaintextBytes + settings.Limits.MaxAadBytes)) / 3) + MaxOtherBytes;
        foreach (ProxyToken token in tokens)
        {
            token.Join();
        }
    }

    /// <summary>The settings.</summary>
    public XksProxySettings Settings { get; }

    /// <summary>The tokens, in the order of the settings.</summary>
    public ImmutableArray<ProxyToken> Tokens { get; }

    /// <summary>The longest body, in bytes.</summary>
    public int MaxBody { get; }

    /// <summary>Ends when the last user has gone, and tokens that nothing else uses are logged out.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The key store with a prefix; null for none.</summary>
    public KeyStore? Find(string prefix) => _stores.GetValueOrDefault(prefix);

    /// <summary>Adds a user, unless it has ended.</summary>
    public bool TryRent()
    {
        while (true)
        {
            int leases = Volatile.Read(ref _leases);
            if (leases == 0)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _leases, leases + 1, leases) == leases)
            {
                return true;
            }
        }
    }

    /// <summary>Takes a user away.</summary>
    public void Return()
    {
        if (Interlocked.Decrement(ref _leases) > 0)
        {
            return;
        }

        // A token may take a while to log out, and a request has no time for it.
        _ = Task.Run(End);
    }

    private void End()
    {
        foreach (KeyStore store in _stores.Values)
        {
            store.Dispose();
        }

        foreach (ProxyToken token in Tokens)
        {
            token.Leave();
        }

        _ended.SetResult();
    }
}
