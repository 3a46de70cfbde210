using System.Collections.Concurrent;
using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.KeyStores;

/// <summary>
/// Key material in software: wrapped under the root key in the store, unwrapped in memory while it is in use. Symmetric encryption
/// is XAES-256-GCM, so that the number of messages under one key material needs no bound. Asymmetric and HMAC keys are always here.
/// </summary>
internal sealed class SoftwareKeyStore(RootKey rootKey, string installationId, Func<ISignatureProvider> signatures) : IKeyStore, IDisposable
{
    // Bounds the secrets in memory; enough for every key that a test suite or a session uses at once.
    private const int MaxCached = 4096;

    private readonly ConcurrentDictionary<(string Region, string KeyId, string MaterialId), Xaes256Gcm> _ciphers = new();
    private readonly PrivateKeyPool _privateKeys = new();

    /// <inheritdoc/>
    public int Overhead => Xaes256Gcm.Overhead;

    /// <summary>Generates new random material for a symmetric encryption key.</summary>
    public KeyMaterial Generate(string region, string keyId, DateTimeOffset now)
    {
        using Secret secret = KeySpec.SYMMETRIC_DEFAULT.Material.Generate(signatures);
        return Wrap(region, keyId, secret, now);
    }

    /// <summary>Wraps given material for a key, as its current material.</summary>
    public KeyMaterial Wrap(string region, string keyId, Secret secret, DateTimeOffset now)
    {
        string materialId = rootKey.KeyMaterialId(keyId, secret);
        return new KeyMaterial
        {
            KeyMaterialId = materialId,
            State = KeyMaterialState.CURRENT,
            CreationDate = now,
            Wrapped = [.. secret.Use(bytes => rootKey.Wrap(bytes, WrapContext(region, keyId, materialId)))],
        };
    }

    /// <summary>The same material for the related multi-Region key in another Region.</summary>
    public KeyMaterial Copy(KeyMaterial material, Key key, string region)
    {
        using Secret secret = rootKey.Unwrap(material.Wrapped.AsSpan(), WrapContext(key.Region, key.KeyId, material.KeyMaterialId));
        return material with
        {
            Wrapped = [.. secret.Use(bytes => rootKey.Wrap(bytes, WrapContext(region, key.KeyId, material.KeyMaterialId)))],
        };
    }

    /// <inheritdoc/>
    public void Encrypt(
        Key key,
        KeyMaterial material,
        ReadOnlySpan<byte> plaintext,
        ReadOnlySpan<byte> additionalData,
        Span<byte> output) =>
        Cipher(key, material).Seal(plaintext, additionalData, output);

    /// <inheritdoc/>
    public void Decrypt(Key key, KeyMaterial material, ReadOnlySpan<byte> message, ReadOnlySpan<byte> additionalData, Span<byte> plaintext)
    {
        try
        {
            Cipher(key, material).Open(message, additionalData, plaintext);
        }
        catch (CryptographicException)
        {
            throw KmsErrors.InvalidCiphertext();
        }
    }

    /// <summary>Lends the private key of an asymmetric key for one use.</summary>
    /// <typeparam name="TKey">The kind of key, which the key spec determines.</typeparam>
    public PrivateKeyPool.Lease<TKey> Borrow<TKey>(Key key)
        where TKey : PrivateKey
    {
        KeyMaterial material = key.CurrentMaterial!;
        return _privateKeys.Take<TKey>((key.Region, key.KeyId, material.KeyMaterialId), () =>
        {
            using Secret secret = Unwrap(key, material);
            return ((PrivateKeyMaterial)key.KeySpec.Material).Open(secret, signatures);
        });
    }

    /// <summary>Computes a code with an HMAC key.</summary>
    public byte[] ComputeMac(Key key, MacAlgorithmSpec algorithm, byte[] message)
    {
        using Secret secret = Unwrap(key, key.CurrentMaterial!);
        return secret.Use(bytes => Mac.Compute(algorithm, bytes, message));
    }

    /// <summary>Discards the secrets in memory, because keys may have been deleted or changed.</summary>
    public void Forget()
    {
        _ciphers.Clear();
        _privateKeys.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Xaes256Gcm cipher in _ciphers.Values)
        {
            cipher.Dispose();
        }

        _ciphers.Clear();
        _privateKeys.Dispose();
    }

    private Xaes256Gcm Cipher(Key key, KeyMaterial material)
    {
        (string, string, string) name = (key.Region, key.KeyId, material.KeyMaterialId);
        if (_ciphers.TryGetValue(name, out Xaes256Gcm? cipher))
        {
            return cipher;
        }

        if (_ciphers.Count >= MaxCached)
        {
            // A cipher may be in use by another thread, so it is left to the garbage collector instead of being disposed here.
            _ciphers.Clear();
        }

        using Secret secret = Unwrap(key, material);
        return _ciphers.GetOrAdd(name, secret.Use(static bytes => new Xaes256Gcm(bytes)));
    }

    private Secret Unwrap(Key key, KeyMaterial material) =>
        rootKey.Unwrap(material.Wrapped.AsSpan(), WrapContext(key.Region, key.KeyId, material.KeyMaterialId));

    private string WrapContext(string region, string keyId, string materialId) => $"{installationId}/{region}/{keyId}/{materialId}";
}
