using System.Collections.Concurrent;
using KmsTools.Cryptography;

namespace KmsTools.KeyStores;

/// <summary>
/// Private keys that were unwrapped and are kept for the next call, because reading one takes longer than many of its uses. One caller
/// uses an instance at a time: .NET does not guarantee that an instance can be used by several threads.
/// </summary>
internal sealed class PrivateKeyPool : IDisposable
{
    // Bounds the secrets in memory.
    private const int MaxIdle = 1024;

    private Generation _generation = new();

    /// <summary>Takes a key for one use.</summary>
    /// <typeparam name="TKey">The kind of key, which the key spec determines.</typeparam>
    /// <param name="name">The material.</param>
    /// <param name="open">Reads the key when none is idle.</param>
    public Lease<TKey> Take<TKey>((string Region, string KeyId, string MaterialId) name, Func<PrivateKey> open)
        where TKey : PrivateKey
    {
        Generation generation = Volatile.Read(ref _generation);
        return new Lease<TKey>(generation, name, (TKey)(generation.Take(name) ?? open()));
    }

    /// <summary>Discards all keys: idle ones now, those in use as soon as they are returned.</summary>
    public void Clear() => Interlocked.Exchange(ref _generation, new Generation()).Close();

    /// <inheritdoc/>
    public void Dispose() => Clear();

    /// <summary>A key in use; disposing returns it.</summary>
    /// <typeparam name="TKey">The kind of key.</typeparam>
    public readonly struct Lease<TKey> : IDisposable
        where TKey : PrivateKey
    {
        private readonly Generation _generation;
        private readonly (string, string, string) _name;

        internal Lease(Generation generation, (string, string, string) name, TKey key)
        {
            _generation = generation;
            _name = name;
            Key = key;
        }

        /// <summary>The key.</summary>
        public TKey Key { get; }

        /// <inheritdoc/>
        public void Dispose() => _generation.Return(_name, Key);
    }

    /// <summary>The keys that were read between two calls of Clear.</summary>
    internal sealed class Generation
    {
        private readonly ConcurrentDictionary<(string, string, string), ConcurrentBag<PrivateKey>> _idle = new();
        private int _count;
        private volatile bool _closed;

        public PrivateKey? Take((string, string, string) name)
        {
            if (!_idle.TryGetValue(name, out ConcurrentBag<PrivateKey>? bag) || !bag.TryTake(out PrivateKey? key))
            {
                return null;
            }

            Interlocked.Decrement(ref _count);
            return key;
        }

        public void Return((string, string, string) name, PrivateKey key)
        {
            if (_closed || Interlocked.Increment(ref _count) > MaxIdle)
            {
                Interlocked.Decrement(ref _count);
                key.Dispose();
                return;
            }

            _idle.GetOrAdd(name, static _ => []).Add(key);
            if (_closed)
            {
                Close();
            }
        }

        public void Close()
        {
            _closed = true;
            foreach (ConcurrentBag<PrivateKey> bag in _idle.Values)
            {
                while (bag.TryTake(out PrivateKey? key))
                {
                    key.Dispose();
                }
            }
        }
    }
}
