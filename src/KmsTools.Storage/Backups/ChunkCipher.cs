using System.Buffers.Binary;
using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.Storage.Backups;

/// <summary>
/// The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár, 2015) with AES-256-GCM: the nonce of a chunk is its number and whether it
/// is the last, so that chunks which were cut off, exchanged, repeated or appended do not decrypt. The key encrypts one backup only.
/// </summary>
internal sealed class ChunkCipher : IDisposable
{
    /// <summary>The length of the key in bytes.</summary>
    public const int KeySize = 32;

    /// <summary>The bytes of content in each chunk but the last, which has 0 to as many.</summary>
    public const int ChunkSize = 256 * 1024;

    /// <summary>The length of the tag behind the ciphertext of a chunk.</summary>
    public const int TagSize = 16;

    private const int NonceSize = 12;

    private readonly AesGcm _cipher;
    private readonly byte[] _head;
    private long _number;

    public ChunkCipher(Secret key, ReadOnlySpan<byte> headHash)
    {
        _cipher = key.Use(static bytes => new AesGcm(bytes, TagSize));
        _head = headHash.ToArray();
    }

    /// <summary>Encrypts the next chunk.</summary>
    public void Encrypt(ReadOnlySpan<byte> content, bool isLast, Span<byte> encrypted) =>
        _cipher.Encrypt(Nonce(isLast), content, encrypted[..content.Length], encrypted.Slice(content.Length, TagSize), _head);

    /// <summary>Decrypts the next chunk.</summary>
    /// <exception cref="CryptographicException">It is not the next chunk of this backup.</exception>
    public void Decrypt(ReadOnlySpan<byte> encrypted, bool isLast, Span<byte> content) =>
        _cipher.Decrypt(Nonce(isLast), encrypted[..^TagSize], encrypted[^TagSize..], content[..(encrypted.Length - TagSize)], _head);

    public void Dispose() => _cipher.Dispose();

    private byte[] Nonce(bool isLast)
    {
        byte[] nonce = new byte[NonceSize];
        BinaryPrimitives.WriteInt64BigEndian(nonce.AsSpan(NonceSize - 1 - sizeof(long)), _number++);
        nonce[^1] = isLast ? (byte)1 : (byte)0;
        return nonce;
    }
}
