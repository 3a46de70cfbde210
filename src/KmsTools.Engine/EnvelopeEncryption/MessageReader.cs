using System.Buffers.Binary;
using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.EnvelopeEncryption;

/// <summary>Reads a message. Source: Decrypt in the AWS Encryption SDK specification.</summary>
internal static class MessageReader
{
    private const uint LastFrame = uint.MaxValue;

    /// <summary>Gets the data key of a message. The header is not verified yet.</summary>
    public delegate Secret DataKeySource(MessageHeader header);

    /// <summary>Reads a message and writes its content.</summary>
    /// <param name="source">The message, up to its end.</param>
    /// <param name="destination">Gets content as soon as it is authentic. It must be thrown away when the message turns out to be wrong
    /// further on.</param>
    /// <param name="maxEncryptedDataKeys">More encrypted data keys than this are refused.</param>
    /// <param name="dataKeySource">Decrypts the data key.</param>
    /// <param name="progress">Learns how many bytes of the message were read.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The header, how many bytes were read, and how many were written.</returns>
    /// <exception cref="EnvelopeException">The message cannot be opened.</exception>
    public static (MessageHeader Header, long Read, long Written) Read(
        Stream source, Stream destination, int maxEncryptedDataKeys, DataKeySource dataKeySource, IProgress<long>? progress, CancellationToken cancellation)
    {
        using var bytes = new ByteSource(source, progress, cancellation);
        MessageHeader header = HeaderReader.Read(bytes, maxEncryptedDataKeys, out byte[] headerBytes);
        using MessageSignature signature = MessageSignature.Of(header);
        using FrameCipher cipher = OpenCipher(header, dataKeySource);
        ReadOnlySpan<byte> tag = bytes.Take(FrameCipher.TagLength);
        if (!cipher.Verify(headerBytes, tag))
        {
            throw EnvelopeErrors.Header();
        }

        signature.Append(headerBytes);
        signature.Append(tag);
        long written = header.FrameLength == 0
            ? ReadUnframed(bytes, destination, cipher, signature, cancellation)
            : ReadFrames(bytes, destination, header.FrameLength, cipher, signature, cancellation);
        if (header.Suite.IsSigned)
        {
            ReadFooter(bytes, signature);
        }

        return bytes.IsAtEnd ? (header, bytes.Position, written) : throw EnvelopeErrors.TrailingData();
    }

    private static FrameCipher OpenCipher(MessageHeader header, DataKeySource dataKeySource)
    {
        using Secret dataKey = dataKeySource(header);
        using MessageKeys keys = MessageKeys.Derive(dataKey, header.Suite, header.MessageId.AsSpan());
        return CryptographicOperations.FixedTimeEquals(keys.Commitment.AsSpan(), header.Commitment.AsSpan())
            ? new FrameCipher(keys.ContentKey, header.MessageId)
            : throw EnvelopeErrors.KeyCommitment();
    }

    private static long ReadFrames(
        ByteSource source, Stream destination, int frameLength, FrameCipher cipher, MessageSignature signature, CancellationToken cancellation)
    {
        using var plaintext = new BoundedBuffer(BoundedBuffer.BatchLength);
        int filled = 0;
        long written = 0;
        uint expected = 1;
        bool isFinal = false;
        while (!isFinal)
        {
            cancellation.ThrowIfCancellationRequested();
            uint start = TakeUInt32(source, signature);
            isFinal = start == LastFrame;
            uint number = isFinal ? TakeUInt32(source, signature) : start;
            if (number != expected)
            {
                throw EnvelopeErrors.Order(number, expected);
            }

            RequireIV(source, signature, number);
            int length = isFinal ? TakeFinalLength(source, signature, frameLength) : frameLength;
            if (filled + (long)length > plaintext.Bytes.Length)
            {
                destination.Write(plaintext.Bytes, 0, filled);
                written += filled;
                filled = 0;
            }

            // Taken before there is room for it, so that a frame that is not there costs no memory.
            ReadOnlySpan<byte> frame = source.Take(length + FrameCipher.TagLength);
            plaintext.Grow(length);
            Decrypt(cipher, isFinal ? FrameCipher.Part.Final : FrameCipher.Part.Regular, number, frame, plaintext.Bytes.AsSpan(filled, length));
            signature.Append(frame);
            filled += length;
            expected = unchecked(expected + 1);
        }

        destination.Write(plaintext.Bytes, 0, filled);
        return written + filled;
    }

    private static long ReadUnframed(ByteSource source, Stream destination, FrameCipher cipher, MessageSignature signature, CancellationToken cancellation)
    {
        RequireIV(source, signature, 1);
        ReadOnlySpan<byte> field = source.Take(sizeof(ulong));
        signature.Append(field);
        ulong length = BinaryPrimitives.ReadUInt64BigEndian(field);
        if (length > MessageHeader.MaxFrameLength)
        {
            throw EnvelopeErrors.FrameTooLong(length, MessageHeader.MaxFrameLength);
        }

        ReadOnlySpan<byte> content = source.Take((int)length + FrameCipher.TagLength);
        using var plaintext = new BoundedBuffer((int)length);
        cancellation.ThrowIfCancellationRequested();
        Decrypt(cipher, FrameCipher.Part.Unframed, 1, content, plaintext.Bytes.AsSpan(0, (int)length));
        signature.Append(content);
        destination.Write(plaintext.Bytes, 0, (int)length);
        return (long)length;
    }

    private static void ReadFooter(ByteSource source, MessageSignature signature)
    {
        int length = BinaryPrimitives.ReadUInt16BigEndian(source.Take(sizeof(ushort)));
        if (length > MessageSignature.MaxLength)
        {
            throw EnvelopeErrors.Signature();
        }

        if (!signature.Verify(source.Take(length)))
        {
            throw EnvelopeErrors.Signature();
        }
    }

    private static void Decrypt(FrameCipher cipher, FrameCipher.Part part, uint number, ReadOnlySpan<byte> frame, Span<byte> plaintext)
    {
        if (!cipher.TryDecrypt(part, number, frame[..^FrameCipher.TagLength], frame[^FrameCipher.TagLength..], plaintext))
        {
            throw EnvelopeErrors.Frame(number);
        }
    }

    // GCM would not miss another one, but the format leaves no choice.
    private static void RequireIV(ByteSource source, MessageSignature signature, uint number)
    {
        Span<byte> iv = stackalloc byte[FrameCipher.IVLength];
        FrameCipher.WriteIV(number, iv);
        ReadOnlySpan<byte> found = source.Take(FrameCipher.IVLength);
        if (!found.SequenceEqual(iv))
        {
            throw EnvelopeErrors.Frame(number);
        }

        signature.Append(found);
    }

    private static int TakeFinalLength(ByteSource source, MessageSignature signature, int frameLength)
    {
        uint length = TakeUInt32(source, signature);
        return length <= frameLength ? (int)length : throw EnvelopeErrors.Malformed("its final frame is longer than its frame length");
    }

    private static uint TakeUInt32(ByteSource source, MessageSignature signature)
    {
        ReadOnlySpan<byte> bytes = source.Take(sizeof(uint));
        signature.Append(bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }
}
