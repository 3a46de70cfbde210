using System.Buffers.Binary;
using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.EnvelopeEncryption;

/// <summary>Reads a message. Source: Decrypt in the AWS Encryption SDK specification.</summary>
internal static class MessageReader
{
    private const uint LastFrame = uint.MaxValue;

    // What precedes the content: number and IV; before them the mark of the last frame, and after them its length; IV and length.
    private const int RegularStart = sizeof(uint) + FrameCipher.IVLength;
    private const int FinalStart = sizeof(uint) + RegularStart + sizeof(uint);
    private const int UnframedStart = FrameCipher.IVLength + sizeof(ulong);

    /// <summary>Gets the data key of a message. The header is not verified yet.</summary>
    public delegate Secret DataKeySource(MessageHeader header);

    /// <summary>Reads a message and writes its content.</summary>
    /// <param name="source">The message, up to its end.</param>
    /// <param name="destination">Receives content as soon as it is authenticated. It must be discarded if the message proves invalid
    /// further on.</param>
    /// <param name="maxEncryptedDataKeys">Messages with more encrypted data keys than this are refused.</param>
    /// <param name="dataKeySource">Decrypts the data key.</param>
    /// <param name="progress">Receives how many bytes of the message were read.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <returns>The header, the number of bytes read, and the number written.</returns>
    /// <exception cref="EnvelopeException">The message cannot be opened.</exception>
    public static (MessageHeader Header, long Read, long Written) Read(
        Stream source,
        Stream destination,
        int maxEncryptedDataKeys,
        DataKeySource dataKeySource,
        IProgress<long>? progress,
        CancellationToken cancellation)
    {
        using ByteSource bytes = new(source, progress, cancellation);
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
            : ReadFrames(bytes, destination, (uint)header.FrameLength, cipher, signature, cancellation);
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
        ByteSource source,
        Stream destination,
        uint frameLength,
        FrameCipher cipher,
        MessageSignature signature,
        CancellationToken cancellation)
    {
        using BoundedBuffer plaintext = new(BoundedBuffer.BatchLength);
        UsedIVs usedIVs = new();
        int filled = 0;
        long written = 0;
        uint expected = 1;
        bool isFinal = false;
        while (!isFinal)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> start = source.Require(RegularStart);
            isFinal = BinaryPrimitives.ReadUInt32BigEndian(start) == LastFrame;
            start = isFinal ? source.Require(FinalStart)[sizeof(uint)..] : start;
            uint number = BinaryPrimitives.ReadUInt32BigEndian(start);
            if (number != expected)
            {
                throw EnvelopeErrors.Order(number, expected);
            }

            int length = RequireLength(isFinal ? FinalLength(start[RegularStart..], frameLength) : frameLength);
            if (filled + (long)length > plaintext.Bytes.Length)
            {
                destination.Write(plaintext.Bytes, 0, filled);
                written += filled;
                filled = 0;
            }

            // Read before the buffer grows, so that a frame that does not exist costs no memory.
            int startLength = isFinal ? FinalStart : RegularStart;
            ReadOnlySpan<byte> frame = source.Take(startLength + length + FrameCipher.TagLength);
            ReadOnlySpan<byte> iv = frame.Slice(isFinal ? 2 * sizeof(uint) : sizeof(uint), FrameCipher.IVLength);
            plaintext.Grow(length);
            signature.Append(frame);
            FrameCipher.Part part = isFinal ? FrameCipher.Part.Final : FrameCipher.Part.Regular;
            Decrypt(cipher, part, number, iv, frame[startLength..], plaintext.Bytes.AsSpan(filled, length));
            RequireUnique(usedIVs, number, iv);
            filled += length;
            expected = unchecked(expected + 1);
        }

        destination.Write(plaintext.Bytes, 0, filled);
        return written + filled;
    }

    private static long ReadUnframed(
        ByteSource source,
        Stream destination,
        FrameCipher cipher,
        MessageSignature signature,
        CancellationToken cancellation)
    {
        ReadOnlySpan<byte> start = source.Require(UnframedStart);
        int length = RequireLength(BinaryPrimitives.ReadUInt64BigEndian(start[FrameCipher.IVLength..]));
        ReadOnlySpan<byte> content = source.Take(UnframedStart + length + FrameCipher.TagLength);
        using BoundedBuffer plaintext = new(length);
        cancellation.ThrowIfCancellationRequested();
        ReadOnlySpan<byte> iv = content[..FrameCipher.IVLength];
        Decrypt(cipher, FrameCipher.Part.Unframed, 1, iv, content[UnframedStart..], plaintext.Bytes.AsSpan(0, length));
        RequireUnique(new UsedIVs(), 1, iv);
        signature.Append(content);
        destination.Write(plaintext.Bytes, 0, length);
        return length;
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

    private static void Decrypt(
        FrameCipher cipher, FrameCipher.Part part, uint number, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> content, Span<byte> plaintext)
    {
        if (!cipher.TryDecrypt(part, number, iv, content[..^FrameCipher.TagLength], content[^FrameCipher.TagLength..], plaintext))
        {
            throw EnvelopeErrors.Frame(number);
        }
    }

    private static void RequireUnique(UsedIVs usedIVs, uint number, ReadOnlySpan<byte> iv)
    {
        if (!usedIVs.TryAdd(number, iv))
        {
            throw EnvelopeErrors.Malformed($"frame {number} repeats an initialization vector");
        }
    }

    private static uint FinalLength(ReadOnlySpan<byte> field, uint frameLength)
    {
        uint length = BinaryPrimitives.ReadUInt32BigEndian(field);
        return length <= frameLength ? length : throw EnvelopeErrors.Malformed("its final frame is longer than its frame length");
    }

    // The frame length in the header may be longer than any frame that exists.
    private static int RequireLength(ulong length) =>
        length <= MessageHeader.MaxFrameLength ? (int)length : throw EnvelopeErrors.FrameTooLong(length, MessageHeader.MaxFrameLength);
}
