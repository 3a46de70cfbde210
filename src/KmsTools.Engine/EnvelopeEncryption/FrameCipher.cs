using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.EnvelopeEncryption;

/// <summary>
/// AES-256-GCM over the header and the frames of one message. The IV of a frame that is encrypted is its number, and that of the header is
/// 0, so that no IV is used twice under the content key. Source: Message Body AAD in the AWS Encryption SDK specification. Not safe for
/// several threads.
/// </summary>
internal sealed class FrameCipher : IDisposable
{
    /// <summary>Length of an IV, in bytes.</summary>
    public const int IVLength = 12;

    /// <summary>Length of a tag, in bytes.</summary>
    public const int TagLength = 16;

    private const int NumberOffset = IVLength - sizeof(uint);

    private readonly AesGcm _aes;
    private readonly byte[] _regular;
    private readonly byte[] _final;
    private readonly byte[] _unframed;
    private readonly byte[] _iv = new byte[IVLength];

    /// <summary>Creates the cipher of a message.</summary>
    public FrameCipher(Secret contentKey, ImmutableArray<byte> messageId)
    {
        _aes = contentKey.Use(static key => new AesGcm(key, TagLength));
        _regular = AssociatedData(messageId, "AWSKMSEncryptionClient Frame"u8);
        _final = AssociatedData(messageId, "AWSKMSEncryptionClient Final Frame"u8);
        _unframed = AssociatedData(messageId, "AWSKMSEncryptionClient Single Block"u8);
    }

    /// <summary>The kind of a piece of content in a message.</summary>
    public enum Part
    {
        /// <summary>A frame before the last one.</summary>
        Regular,

        /// <summary>The last frame.</summary>
        Final,

        /// <summary>All of the content, without frames.</summary>
        Unframed,
    }

    /// <summary>Writes the IV of a frame that is encrypted.</summary>
    public static void WriteIV(uint number, Span<byte> iv)
    {
        iv[..NumberOffset].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(iv[NumberOffset..], number);
    }

    /// <summary>The tag of a header.</summary>
    public byte[] Authenticate(ReadOnlySpan<byte> header)
    {
        byte[] tag = new byte[TagLength];
        _aes.Encrypt(SetIV(0), [], [], tag, header);
        return tag;
    }

    /// <summary>Whether this is the tag of a header.</summary>
    public bool Verify(ReadOnlySpan<byte> header, ReadOnlySpan<byte> tag)
    {
        try
        {
            _aes.Decrypt(SetIV(0), [], tag, [], header);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    /// <summary>Encrypts a piece of content.</summary>
    public void Encrypt(Part part, uint number, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag) =>
        _aes.Encrypt(SetIV(number), plaintext, ciphertext, tag, Complete(part, number, plaintext.Length));

    /// <summary>Decrypts a piece of content under the IV that it was encrypted with.</summary>
    /// <returns>False when it is not authentic.</returns>
    public bool TryDecrypt(
        Part part, uint number, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        try
        {
            _aes.Decrypt(iv, ciphertext, tag, plaintext, Complete(part, number, ciphertext.Length));
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _aes.Dispose();

    private static byte[] AssociatedData(ImmutableArray<byte> messageId, ReadOnlySpan<byte> part) =>
        [.. messageId, .. part, .. new byte[sizeof(uint) + sizeof(ulong)]];

    private byte[] SetIV(uint number)
    {
        WriteIV(number, _iv);
        return _iv;
    }

    // Message ID, part, number of the frame, length of its plaintext.
    private byte[] Complete(Part part, uint number, int length)
    {
        byte[] data = part switch { Part.Regular => _regular, Part.Final => _final, _ => _unframed };
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(data.Length - sizeof(ulong) - sizeof(uint)), number);
        BinaryPrimitives.WriteUInt64BigEndian(data.AsSpan(data.Length - sizeof(ulong)), (ulong)length);
        return data;
    }
}
