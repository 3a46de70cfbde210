using System.Collections.Concurrent;
using KmsTools.Caching;
using KmsTools.Cryptography;

namespace KmsTools.KeyStores;

/// <summary>
/// Private keys that were unwrapped and are kept for the next call, because reading one takes longer than many of its uses. One caller
/// uses an instance at a time: .NET does not guarantee that an instance can be used by several threads.
/// </summary>
internal sealed class PrivateKeyPool : IDisposable
{
    // Bounds the secrets in memory, together with MaxIdle.
    private const int MaxMaterials = 1024;

    private readonly BoundedCache<string, Material> _materials = new(MaxMaterials, static material => material.Close());

    // More than can be in use at once are of no use.
    private static int MaxIdle { get; } = Environment.ProcessorCount;

    /// <summary>Takes an idle key of a material for one use; null if there is none.</summary>
    /// <typeparam name="TKey">The kind of key, which the key spec determines.</typeparam>
    public Lease<TKey>? TryTake<TKey>(string materialId)
        where TKey : PrivateKey =>
        _materials.TryGet(materialId, out Material? material) && material.Take() is TKey key ? new Lease<TKey>(material, key) : null;

    /// <summary>Adds a key, which belongs to the pool from now on, and takes it for one use.</summary>
    /// <typeparam name="TKey">The kind of key, which the key spec determines.</typeparam>
    public Lease<TKey> Add<TKey>(string materialId, TKey key)
        where TKey : PrivateKey
    {
        if (!_materials.TryGet(materialId, out Material? material))
        {
            // Of two threads that come here at once, one has its keys disposed of when they are returned.
            material = new Material();
            _materials.Put(materialId, material);
        }

        return new Lease<TKey>(material, key);
    }

    /// <summary>Discards the keys of a material: idle ones now, those in use as soon as they are returned.</summary>
    public void Drop(string materialId) => _materials.Remove(materialId);

    /// <summary>Discards all keys: idle ones now, those in use as soon as they are returned.</summary>
    public void Clear() => _materials.Clear();

    /// <inheritdoc/>
    public void Dispose() => Clear();

    /// <summary>A key in use; disposing returns it.</summary>
    /// <typeparam name="TKey">The kind of key.</typeparam>
    public readonly struct Lease<TKey> : IDisposable
        where TKey : PrivateKey
    {
        private readonly Material _material;

        internal Lease(Material material, TKey key)
        {
            _material = material;
            Key = key;
        }

        /// <summary>The key.</summary>
        public TKey Key { get; }

        /// <inheritdoc/>
        public void Dispose() => _material.Return(Key);
    }

    /// <summary>The idle keys of one material.</summary>
    internal sealed class Material
    {
        private readonly ConcurrentBag<PrivateKey> _idle = [];
        private int _count;
        private volatile bool _closed;

        public PrivateKey? Take()
        {
            if (!_idle.TryTake(out PrivateKey? key))
            {
                return null;
            }

            Interlocked.Decrement(ref _count);
            return key;
        }

        public void Return(PrivateKey key)
        {
            if (_closed || Interlocked.Increment(ref _count) > MaxIdle)
            {
                Interlocked.Decrement(ref _count);
                key.Dispose();
                return;
            }

            _idle.Add(key);
            if (_closed)
            {
                Close();
            }
        }

        public void Close()
        {
            _closed = true;
            while (_idle.TryTake(out PrivateKey? key))
            {
                key.Dispose();
            }
        }
    }
}
