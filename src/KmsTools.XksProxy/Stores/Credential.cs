using System.Collections.Concurrent;
using KmsTools.Cryptography;
using KmsTools.Http;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy.Stores;

/// <summary>A credential of a key store, with the keys that are derived from it for days and Regions.</summary>
/// <param name="settings">Its settings.</param>
/// <param name="secret">The secret access key, which this credential disposes of.</param>
internal sealed class Credential(CredentialSettings settings, Secret secret) : IDisposable
{
    // Only days around now get here, each in a few Regions.
    private const int MaxKeys = 64;

    private readonly ConcurrentDictionary<CredentialScope, SigningKey> _keys = new();

    /// <summary>The access key ID.</summary>
    public string AccessKeyId => settings.AccessKeyId;

    /// <summary>Whether it is valid at a time.</summary>
    public bool IsValid(DateTimeOffset now) =>
        (settings.NotBefore is not { } begin || now >= begin) && (settings.NotAfter is not { } end || now < end);

    /// <summary>The key that signs in a scope, derived once.</summary>
    public SigningKey SigningKeyOf(in CredentialScope scope)
    {
        if (_keys.TryGetValue(scope, out SigningKey? known))
        {
            return known;
        }

        CredentialScope own = scope;
        SigningKey key = secret.Use(bytes => SigningKey.Derive(bytes, own));
        if (_keys.Count >= MaxKeys)
        {
            _keys.Clear();
        }

        _keys[scope] = key;
        return key;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        secret.Dispose();
        foreach (SigningKey key in _keys.Values)
        {
            key.Dispose();
        }
    }
}
