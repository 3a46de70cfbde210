using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>
/// The key that wraps everything secret in a store: key material, passwords, PINs, secret access keys, and the secrets of the store
/// (<see cref="StoreSecrets"/>). It has generations: one wraps, and others that are held unwrap what is not wrapped again yet. Each wrapped
/// value names its generation. The bytes have no getter. Safe for many threads.
/// </summary>
public sealed class RootKey : IDisposable
{
    /// <summary>Length of each generation in bytes.</summary>
    public const int Size = 32;

    /// <summary>The number of the generation with which a store is created. What it wraps does not name it.</summary>
    public const int FirstGeneration = 1;

    // What the first generation wraps begins with a random nonce, which is this with a probability of 2^-64.
    private const int MarkSize = 8;
    private const int PrefixSize = MarkSize + sizeof(int);

    private readonly Action? _readAgain;

    // Held for reading while a generation is used, so that none is zeroed under a call.
    private readonly ReaderWriterLockSlim _gate = new();
    private ImmutableArray<RootKeyGeneration> _held;
    private int _current;
    private bool _keepsOnlySubkeys;

    /// <summary>Creates a root key that was never rotated from its bytes, which the caller zeroes.</summary>
    /// <param name="key">32 random bytes.</param>
    public RootKey(ReadOnlySpan<byte> key)
        : this([new RootKeyGeneration(FirstGeneration, key)], readAgain: null)
    {
    }

    /// <summary>Creates a root key from its generations.</summary>
    /// <param name="generations">At least one. This object disposes of them.</param>
    /// <param name="readAgain">
    /// Called when a generation is not held, to read all of them again and <see cref="Replace"/> them: another process may have rotated the
    /// root key. Null where there are no other processes.
    /// </param>
    public RootKey(ImmutableArray<RootKeyGeneration> generations, Action? readAgain)
    {
        ArgumentOutOfRangeException.ThrowIfZero(generations.Length);
        _held = generations;
        _readAgain = readAgain;
        _current = Lowest(generations);
    }

    /// <summary>The number of the generation that wraps.</summary>
    public int Generation
    {
        get
        {
            _gate.EnterReadLock();
            try
            {
                return _current;
            }
            finally
            {
                _gate.ExitReadLock();
            }
        }
    }

    /// <summary>The numbers of the generations that are held.</summary>
    public ImmutableArray<int> Held
    {
        get
        {
            _gate.EnterReadLock();
            try
            {
                return [.. _held.Select(static generation => generation.Number).Order()];
            }
            finally
            {
                _gate.ExitReadLock();
            }
        }
    }

    private static ReadOnlySpan<byte> Mark => [0x8B, 0x4B, 0x6D, 0x73, 0x52, 0x6F, 0x6F, 0x74];

    /// <summary>The number of the generation that wrapped a value.</summary>
    public static int GenerationOf(ReadOnlySpan<byte> wrapped) => wrapped.Length >= PrefixSize && wrapped.StartsWith(Mark)
        ? BinaryPrimitives.ReadInt32BigEndian(wrapped[MarkSize..])
        : FirstGeneration;

    /// <summary>What every value begins with that a generation wraps; empty for the first generation.</summary>
    public static byte[] PrefixOf(int generation)
    {
        if (generation == FirstGeneration)
        {
            return [];
        }

        byte[] prefix = new byte[PrefixSize];
        WritePrefix(generation, prefix);
        return prefix;
    }

    /// <summary>Wraps secret bytes for the state store.</summary>
    /// <param name="secret">The bytes.</param>
    /// <param name="context">Identifies what is wrapped, so that rows cannot be swapped; required again to unwrap.</param>
    public byte[] Wrap(ReadOnlySpan<byte> secret, string context)
    {
        _gate.EnterReadLock();
        try
        {
            int prefix = _current == FirstGeneration ? 0 : PrefixSize;
            byte[] wrapped = new byte[prefix + secret.Length + Xaes256Gcm.Overhead];
            WritePrefix(_current, wrapped.AsSpan(0, prefix));
            Find(_current)!.Wrap(secret, context, wrapped.AsSpan(prefix));
            return wrapped;
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    /// <summary>Unwraps what <see cref="Wrap"/> returned.</summary>
    /// <exception cref="CryptographicException">
    /// The bytes or the context were changed, or the generation is not there any more: the value has been wrapped again.
    /// </exception>
    public Secret Unwrap(ReadOnlySpan<byte> wrapped, string context)
    {
        int number = GenerationOf(wrapped);
        for (bool isReadAgain = _readAgain is null; ; isReadAgain = true)
        {
            _gate.EnterReadLock();
            try
            {
                if (Find(number) is { } generation)
                {
                    return generation.Unwrap(wrapped[(number == FirstGeneration ? 0 : PrefixSize)..], context);
                }
            }
            finally
            {
                _gate.ExitReadLock();
            }

            if (isReadAgain)
            {
                throw NotThere(number);
            }

            _readAgain!();
        }
    }

    /// <summary>The same secret, wrapped by the generation that wraps now.</summary>
    /// <returns>The value itself if it is.</returns>
    /// <exception cref="CryptographicException">As <see cref="Unwrap"/>.</exception>
    public byte[] WrapAgain(ReadOnlySpan<byte> wrapped, string context)
    {
        if (GenerationOf(wrapped) == Generation)
        {
            return wrapped.ToArray();
        }

        using Secret secret = Unwrap(wrapped, context);
        return secret.Use(bytes => Wrap(bytes, context));
    }

    /// <summary>Whether a generation is held.</summary>
    public bool Holds(int number)
    {
        _gate.EnterReadLock();
        try
        {
            return Find(number) is not null;
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    /// <summary>Wraps with this generation from now on. It is read if it is not held.</summary>
    /// <exception cref="CryptographicException">It is not there.</exception>
    public void WrapWith(int number)
    {
        if (number == Generation)
        {
            return;
        }

        if (!Holds(number))
        {
            _readAgain?.Invoke();
        }

        _gate.EnterWriteLock();
        try
        {
            _current = Find(number)?.Number ?? throw NotThere(number);
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>Holds these generations and no others.</summary>
    /// <param name="generations">At least one. Those that are held already are disposed of at once, the others by this object.</param>
    public void Replace(ImmutableArray<RootKeyGeneration> generations)
    {
        ArgumentOutOfRangeException.ThrowIfZero(generations.Length);
        _gate.EnterWriteLock();
        try
        {
            ImmutableArray<RootKeyGeneration> former = _held;
            _held = [.. generations.Select(generation => former.FirstOrDefault(held => held.Number == generation.Number) ?? generation)];
            foreach (RootKeyGeneration unused in former.Concat(generations).Except(_held))
            {
                unused.Dispose();
            }

            if (Find(_current) is null)
            {
                // Never a newer one: nothing is known to depend on that.
                _current = Lowest(_held);
            }

            if (_keepsOnlySubkeys)
            {
                KeepSubkeys();
            }
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>
    /// Zeroes the bytes of all generations, also of those that are held later, and keeps only what wraps: once a store is open, nothing is
    /// derived from them, and what seals them reads root.key.
    /// </summary>
    public void KeepOnlySubkeys()
    {
        _gate.EnterWriteLock();
        try
        {
            _keepsOnlySubkeys = true;
            KeepSubkeys();
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>Zeroes the key and what was derived from it.</summary>
    public void Dispose()
    {
        _gate.EnterWriteLock();
        try
        {
            foreach (RootKeyGeneration generation in _held)
            {
                generation.Dispose();
            }
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>Derives a subkey of the first generation: what stores of earlier versions depend on.</summary>
    internal Secret Derive(string purpose) => Find(FirstGeneration) is { } first
        ? first.Derive(purpose)
        : throw new CryptographicException("The first generation of the root key is not there.");

    private static CryptographicException NotThere(int number) => new($"Generation {number} of the root key is not there.");

    private static int Lowest(ImmutableArray<RootKeyGeneration> generations) =>
        generations.Min(static generation => generation.Number);

    private static void WritePrefix(int generation, Span<byte> prefix)
    {
        if (!prefix.IsEmpty)
        {
            Mark.CopyTo(prefix);
            BinaryPrimitives.WriteInt32BigEndian(prefix[MarkSize..], generation);
        }
    }

    private void KeepSubkeys()
    {
        foreach (RootKeyGeneration generation in _held)
        {
            generation.KeepOnlySubkey();
        }
    }

    private RootKeyGeneration? Find(int number)
    {
        foreach (RootKeyGeneration generation in _held)
        {
            if (generation.Number == number)
            {
                return generation;
            }
        }

        return null;
    }
}
