using KmsTools.Caching;
using KmsTools.Cryptography;

namespace KmsTools.KeyStores;

/// <summary>
/// Ciphers by the ID of their key material. One that is dropped is zeroed at once, or as soon as the threads that use it are done.
/// </summary>
internal sealed class CipherCache : IDisposable
{
    // Bounds the secrets in memory, at about 2 KB each.
    private const int MaxCiphers = CiphertextHeaders.MaxKnown;

    private readonly BoundedCache<string, SharedCipher> _ciphers = new(MaxCiphers, static cipher => cipher.Release());

    /// <summary>Borrows a cipher; null if it is not here.</summary>
    public Lease? TryRent(string materialId) =>
        _ciphers.TryGet(materialId, out SharedCipher? cipher) && cipher.TryHold() ? new Lease(cipher) : null;

    /// <summary>Adds a cipher, which belongs to the cache from now on, and borrows it.</summary>
    public Lease Add(string materialId, Xaes256Gcm cipher)
    {
        SharedCipher shared = new(cipher);
        _ = shared.TryHold();
        _ciphers.Put(materialId, shared);
        return new Lease(shared);
    }

    /// <summary>Drops the cipher of a material.</summary>
    public void Drop(string materialId) => _ciphers.Remove(materialId);

    /// <summary>Drops all ciphers.</summary>
    public void Clear() => _ciphers.Clear();

    /// <inheritdoc/>
    public void Dispose() => Clear();

    /// <summary>A cipher in use.</summary>
    internal readonly struct Lease(SharedCipher cipher) : IDisposable
    {
        /// <summary>The cipher, which other threads use as well.</summary>
        public Xaes256Gcm Cipher => cipher.Cipher;

        /// <inheritdoc/>
        public void Dispose() => cipher.Release();
    }

    /// <summary>A cipher, with the number of its holders: the cache, and the threads that use it.</summary>
    internal sealed class SharedCipher(Xaes256Gcm cipher)
    {
        private int _holders = 1;

        public Xaes256Gcm Cipher => cipher;

        /// <summary>False if the last holder has released it.</summary>
        public bool TryHold()
        {
            int holders = Volatile.Read(ref _holders);
            while (holders > 0)
            {
                int seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
                if (seen == holders)
                {
                    return true;
                }

                holders = seen;
            }

            return false;
        }

        public void Release()
        {
            if (Interlocked.Decrement(ref _holders) == 0)
            {
                cipher.Dispose();
            }
        }
    }
}
