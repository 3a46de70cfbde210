using System.Buffers.Binary;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Sealing;

namespace KmsTools.Storage.RootKeys;

/// <summary>
/// root.key of a sealed store: a mark, the length of the seal (4 bytes, big endian) and the seal, the length of the handover (2 bytes) and
/// the handover, what root.key would hold without a seal, wrapped by the seal key with all that as additional data, and the SHA-256 of
/// everything before.
/// <para>
/// The handover is the seal key, wrapped by the generation of the root key that was in use when the store was sealed: a process that had
/// the store open then goes on without being asked. It is gone with that generation. Whoever has nothing but the folder has neither key.
/// </para>
/// </summary>
internal sealed class SealedRootKey
{
    /// <summary>The maximum length of the handover in bytes.</summary>
    public const int MaxHandover = 256;

    private const string HandoverContext = "seal key";

    private readonly byte[] _before;
    private readonly byte[] _handover;
    private readonly byte[] _wrapped;

    private SealedRootKey(Seal seal, byte[] before, byte[] handover, byte[] wrapped)
    {
        Seal = seal;
        _before = before;
        _handover = handover;
        _wrapped = wrapped;
    }

    /// <summary>What opens it.</summary>
    public Seal Seal { get; }

    /// <summary>How many bytes of root.key tell whether it is sealed.</summary>
    public static int MarkSize => Mark.Length;

    private static ReadOnlySpan<byte> Mark => "KMSTLOCK"u8;

    /// <summary>The maximum length of the file, for content of a length.</summary>
    public static int MaxSize(int content) =>
        Mark.Length + sizeof(int) + Seal.MaxSize + sizeof(ushort) + MaxHandover + content + Xaes256Gcm.Overhead + SHA256.HashSizeInBytes;

    /// <summary>Seals content.</summary>
    /// <param name="seal">The seal.</param>
    /// <param name="key">Its key.</param>
    /// <param name="handover">See <see cref="HandOver"/>; empty for none.</param>
    /// <param name="content">What root.key would hold without a seal.</param>
    /// <returns>What root.key holds.</returns>
    public static byte[] Wrap(Seal seal, SealKey key, byte[] handover, ReadOnlySpan<byte> content)
    {
        byte[] sealBytes = seal.ToBytes();
        byte[] lengths = new byte[sizeof(int) + sizeof(ushort)];
        BinaryPrimitives.WriteInt32BigEndian(lengths, sealBytes.Length);
        BinaryPrimitives.WriteUInt16BigEndian(lengths.AsSpan(sizeof(int)), checked((ushort)handover.Length));
        byte[] before = [.. Mark, .. lengths[..sizeof(int)], .. sealBytes, .. lengths[sizeof(int)..], .. handover];
        byte[] all = [.. before, .. key.Wrap(content, before)];
        return [.. all, .. SHA256.HashData(all)];
    }

    /// <summary>Whether root.key is sealed, by what it begins with.</summary>
    public static bool IsSealed(ReadOnlySpan<byte> file) => file.StartsWith(Mark);

    /// <summary>Reads root.key.</summary>
    /// <returns>Null if it is damaged.</returns>
    /// <exception cref="SealException">NewerVersion.</exception>
    public static SealedRootKey? Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < Mark.Length + sizeof(int) + SHA256.HashSizeInBytes
            || !SHA256.HashData(file[..^SHA256.HashSizeInBytes]).AsSpan().SequenceEqual(file[^SHA256.HashSizeInBytes..]))
        {
            return null;
        }

        ReadOnlySpan<byte> content = file[..^SHA256.HashSizeInBytes];
        int sealAt = Mark.Length + sizeof(int);
        int sealLength = BinaryPrimitives.ReadInt32BigEndian(content[Mark.Length..]);
        if (sealLength is < 0 or > Seal.MaxSize || content.Length < sealAt + sealLength + sizeof(ushort))
        {
            return null;
        }

        int handoverAt = sealAt + sealLength + sizeof(ushort);
        int handoverLength = BinaryPrimitives.ReadUInt16BigEndian(content[(sealAt + sealLength)..]);
        int wrappedAt = handoverAt + handoverLength;
        if (handoverLength > MaxHandover || content.Length < wrappedAt + Xaes256Gcm.Overhead)
        {
            return null;
        }

        return new SealedRootKey(
            Seal.Parse(content.Slice(sealAt, sealLength)),
            content[..wrappedAt].ToArray(),
            content[handoverAt..wrappedAt].ToArray(),
            content[wrappedAt..].ToArray());
    }

    /// <summary>The seal key, for processes that have the store open: wrapped by the root key.</summary>
    public static byte[] HandOver(SealKey key, RootKey rootKey)
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(SealKey.Size, pinned: true);
        try
        {
            key.CopyTo(copy);
            return rootKey.Wrap(copy, HandoverContext);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }

    /// <summary>The seal key that was handed over.</summary>
    /// <returns>Null if there is none for who holds this root key.</returns>
    public SealKey? TakeOver(RootKey rootKey)
    {
        // Asked first: what is not held would be looked for in this file.
        if (_handover.Length == 0 || !rootKey.Holds(RootKey.GenerationOf(_handover)))
        {
            return null;
        }

        try
        {
            using Secret key = rootKey.Unwrap(_handover, HandoverContext);
            return key.Use(static bytes => new SealKey(bytes));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The handover for a file that replaces this one; empty if there is none.</summary>
    public byte[] HandoverOf(int generation) =>
        _handover.Length > 0 && RootKey.GenerationOf(_handover) == generation ? _handover : [];

    /// <summary>What root.key would hold without a seal.</summary>
    /// <returns>Null if another key sealed it.</returns>
    public Secret? Unwrap(SealKey key)
    {
        try
        {
            return key.Unwrap(_wrapped, _before);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
