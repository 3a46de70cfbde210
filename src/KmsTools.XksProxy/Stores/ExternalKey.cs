using KmsTools.Pkcs11;
using KmsTools.XksProxy.Settings;
using KmsTools.XksProxy.Tokens;

namespace KmsTools.XksProxy.Stores;

/// <summary>A key in a token.</summary>
/// <param name="Token">The token.</param>
/// <param name="Name">How it is found there.</param>
/// <param name="Version">Its number among those behind the same ID.</param>
internal sealed record KeyVersion(ProxyToken Token, KeyName Name, byte Version);

/// <summary>An external key: the keys in tokens behind an ID.</summary>
/// <param name="settings">Its settings.</param>
/// <param name="tokens">The tokens, by name.</param>
internal sealed class ExternalKey(KeySettings settings, IReadOnlyDictionary<string, ProxyToken> tokens)
{
    private readonly KeyVersion[] _versions =
    [
        .. settings.Former.Prepend(settings.Current).Select(key => new KeyVersion(tokens[key.Token], key.Name, key.Version)),
    ];

    /// <summary>Its settings.</summary>
    public KeySettings Settings => settings;

    /// <summary>The key that encrypts.</summary>
    public KeyVersion Current => _versions[0];

    /// <summary>Whether it may encrypt, as far as the settings say.</summary>
    public bool MayEncrypt => settings.AllowedUsage != XksKeyUsage.Decrypt;

    /// <summary>Whether it may decrypt, as far as the settings say.</summary>
    public bool MayDecrypt => settings.AllowedUsage != XksKeyUsage.Encrypt;

    /// <summary>The tokens that it is in.</summary>
    public IEnumerable<ProxyToken> Tokens => _versions.Select(static key => key.Token);

    /// <summary>The key with a version; null for none.</summary>
    public KeyVersion? Find(byte version) => Array.Find(_versions, key => key.Version == version);
}
