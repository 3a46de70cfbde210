using System.Collections.Frozen;
using System.Collections.Immutable;
using KmsTools.XksProxy.Settings;
using KmsTools.XksProxy.Tokens;

namespace KmsTools.XksProxy.Stores;

/// <summary>A logical key store as it is served.</summary>
internal sealed class KeyStore : IDisposable
{
    private readonly FrozenDictionary<string, ExternalKey> _keys;
    private readonly FrozenDictionary<string, Credential> _credentials;
    private readonly FrozenSet<string> _regions;

    /// <summary>Creates it.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="credentials">Its credentials, which it disposes of.</param>
    /// <param name="tokens">The tokens of the proxy, by name.</param>
    /// <param name="limit">The requests per second; null for no limit.</param>
    public KeyStore(
        KeyStoreSettings settings,
        IEnumerable<Credential> credentials,
        IReadOnlyDictionary<string, ProxyToken> tokens,
        RateLimit? limit)
    {
        Settings = settings;
        Limit = limit;
        Rules = new RuleSet(settings.Rules);
        _keys = settings.Keys.ToFrozenDictionary(
            static key => key.ExternalKeyId, key => new ExternalKey(key, tokens), StringComparer.Ordinal);
        _credentials = credentials.ToFrozenDictionary(static credential => credential.AccessKeyId, StringComparer.Ordinal);
        _regions = settings.Regions.ToFrozenSet(StringComparer.Ordinal);

        // One without keys yet says whether the proxy works at all.
        ImmutableArray<ProxyToken> own = [.. _keys.Values.SelectMany(static key => key.Tokens).Distinct()];
        Tokens = own.IsEmpty ? [.. tokens.Values] : own;
    }

    /// <summary>Its settings.</summary>
    public KeyStoreSettings Settings { get; }

    /// <summary>The requests per second; null for no limit.</summary>
    public RateLimit? Limit { get; }

    /// <summary>Its rules.</summary>
    public RuleSet Rules { get; }

    /// <summary>The tokens that its keys are in.</summary>
    public ImmutableArray<ProxyToken> Tokens { get; }

    /// <summary>Whether requests of a Region are served.</summary>
    public bool Serves(string region) => _regions.Contains(region);

    /// <summary>A key; null for none.</summary>
    public ExternalKey? FindKey(string externalKeyId) => _keys.GetValueOrDefault(externalKeyId);

    /// <summary>A credential, valid or not; null for none.</summary>
    public Credential? FindCredential(string accessKeyId) => _credentials.GetValueOrDefault(accessKeyId);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Credential credential in _credentials.Values)
        {
            credential.Dispose();
        }
    }
}
