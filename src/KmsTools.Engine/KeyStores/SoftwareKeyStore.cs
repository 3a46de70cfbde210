using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>
/// Key material in software: wrapped under the root key in the store, unwrapped in memory while it is in use. Symmetric encryption
/// is XAES-256-GCM, so that the number of messages under one key material needs no bound. Asymmetric and HMAC keys are always here.
/// </summary>
/// <param name="rootKey">The key that wraps the material.</param>
/// <param name="secrets">The secrets of the store, which make the IDs of material.</param>
/// <param name="installationId">The ID of the store.</param>
/// <param name="signatures">Provides the signature algorithms that .NET lacks.</param>
/// <param name="find">
/// Finds a material as it is in the store now (true), or as this process knows it (false), or null if that does not have its bytes. The
/// latter is asked after secrets were kept in memory: a call that read its key before a change would otherwise keep them there after they
/// were reported as gone.
/// </param>
internal sealed class SoftwareKeyStore(
    RootKey rootKey,
    StoreSecrets secrets,
    string installationId,
    Func<ISignatureProvider> signatures,
    Func<Key, string, bool, KeyMaterial?> find) : IKeyStore, IDisposable
{
    private readonly CipherCache _ciphers = new();
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
        string materialId = secrets.KeyMaterialId(keyId, secret);
        return new KeyMaterial
        {
            KeyMaterialId = materialId,
            State = KeyMaterialState.CURRENT,
            CreationDate = now,
            Wrapped = [.. secret.Use(bytes => rootKey.Wrap(bytes, Context(region, keyId, materialId)))],
        };
    }

    /// <summary>The same material of a key, wrapped by the generation of the root key that wraps now.</summary>
    public KeyMaterial WrapAgain(string region, string keyId, KeyMaterial material) => material with
    {
        Wrapped =
        [
            .. WrappedValue.WrapAgain(
                rootKey,
                material.Wrapped.AsSpan(),
                Context(region, keyId, material.KeyMaterialId),
                $"Key material {material.KeyMaterialId} of key {keyId}",
                DamageOf(region, keyId, material)),
        ],
    };

    /// <summary>The same material for the related multi-Region key in another Region.</summary>
    public KeyMaterial Copy(KeyMaterial material, Key key, string region)
    {
        using Secret secret = Unwrap(key, material);
        return material with
        {
            Wrapped = [.. secret.Use(bytes => rootKey.Wrap(bytes, Context(region, key.KeyId, material.KeyMaterialId)))],
        };
    }

    /// <inheritdoc/>
    public void Encrypt(
        Key key,
        KeyMaterial material,
        ReadOnlySpan<byte> plaintext,
        ReadOnlySpan<byte> additionalData,
        Span<byte> output)
    {
        using CipherCache.Lease lease = Rent(key, material);
        lease.Cipher.Seal(plaintext, additionalData, output);
    }

    /// <inheritdoc/>
    public void Decrypt(Key key, KeyMaterial material, ReadOnlySpan<byte> message, ReadOnlySpan<byte> additionalData, Span<byte> plaintext)
    {
        using CipherCache.Lease lease = Rent(key, material);
        try
        {
            lease.Cipher.Open(message, additionalData, plaintext);
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
        if (_privateKeys.TryTake<TKey>(material.KeyMaterialId) is { } idle)
        {
            return idle;
        }

        using Secret secret = Unwrap(key, material);
        TKey opened = (TKey)((PrivateKeyMaterial)key.KeySpec.Material).Open(secret, signatures);
        PrivateKeyPool.Lease<TKey> added = _privateKeys.Add(material.KeyMaterialId, opened);
        if (find(key, material.KeyMaterialId, false) is null)
        {
            _privateKeys.Drop(material.KeyMaterialId);
        }

        return added;
    }

    /// <summary>The bytes of a material, which the caller disposes of.</summary>
    /// <exception cref="StateStoreException">They cannot be unwrapped: the store is damaged.</exception>
    public Secret Unwrap(Key key, KeyMaterial material)
    {
        string context = Context(key.Region, key.KeyId, material.KeyMaterialId);
        try
        {
            return rootKey.Unwrap(material.Wrapped.AsSpan(), context);
        }
        catch (CryptographicException)
        {
            // The root key may have been rotated since the call has read its key. Only what the store has now can be damaged.
            return WrappedValue.Open(
                rootKey,
                (find(key, material.KeyMaterialId, true) ?? material).Wrapped.AsSpan(),
                context,
                $"Key material {material.KeyMaterialId} of key {key.Arn}",
                DamageOf(key.Region, key.KeyId, material));
        }
    }

    /// <summary>Computes a code with an HMAC key.</summary>
    public byte[] ComputeMac(Key key, MacAlgorithmSpec algorithm, byte[] message)
    {
        using Secret secret = Unwrap(key, key.CurrentMaterial!);
        return secret.Use(bytes => Mac.Compute(algorithm, bytes, message));
    }

    /// <summary>Discards the secrets of a material in memory, because its bytes are destroyed.</summary>
    /// <param name="materialId">The material; null for all.</param>
    public void Forget(string? materialId)
    {
        if (materialId is null)
        {
            _ciphers.Clear();
            _privateKeys.Clear();
        }
        else
        {
            _ciphers.Drop(materialId);
            _privateKeys.Drop(materialId);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ciphers.Dispose();
        _privateKeys.Dispose();
    }

    private CipherCache.Lease Rent(Key key, KeyMaterial material)
    {
        if (_ciphers.TryRent(material.KeyMaterialId) is { } known)
        {
            return known;
        }

        using Secret secret = Unwrap(key, material);
        CipherCache.Lease added = _ciphers.Add(material.KeyMaterialId, secret.Use(static bytes => new Xaes256Gcm(bytes)));
        if (find(key, material.KeyMaterialId, false) is null)
        {
            _ciphers.Drop(material.KeyMaterialId);
        }

        return added;
    }

    private static StoreDamage DamageOf(string region, string keyId, KeyMaterial material) =>
        new("key_materials", $"region={region}, key_id={keyId}, key_material_id={material.KeyMaterialId}");

    private string Context(string region, string keyId, string materialId) => $"{installationId}/{region}/{keyId}/{materialId}";
}
