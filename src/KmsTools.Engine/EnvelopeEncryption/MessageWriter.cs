using System.Buffers.Binary;

namespace KmsTools.EnvelopeEncryption;

/// <summary>Writes a message. Source: Encrypt in the AWS Encryption SDK specification.</summary>
internal static class MessageWriter
{
    private const uint LastFrame = uint.MaxValue;
    private const int RegularOverhead = sizeof(uint) + FrameCipher.IVLength + FrameCipher.TagLength;
    private const int FinalOverhead = RegularOverhead + (2 * sizeof(uint));

    /// <summary>Refuses content that has too many frames.</summary>
    /// <exception cref="EnvelopeException">A longer frame is needed.</exception>
    public static void RequireFrames(long plaintextLength, int frameLength)
    {
        if ((plaintextLength - 1) / frameLength >= uint.MaxValue)
        {
            throw EnvelopeErrors.TooManyFrames(frameLength);
        }
    }

    /// <summary>Writes the message of a header, with all the bytes of a stream as content.</summary>
    /// <returns>The number of bytes read, and the number written.</returns>
    public static (long Read, long Written) Write(
        Stream source,
        Stream destination,
        MessageHeader header,
        MessageKeys keys,
        MessageSignature signature,
        IProgress<long>? progress,
        CancellationToken cancellation)
    {
        using FrameCipher cipher = new(keys.ContentKey, header.MessageId);
        byte[] headerBytes = header.Serialize();
        byte[] head = [.. headerBytes, .. cipher.Authenticate(headerBytes)];
        signature.Append(head);
        destination.Write(head);
        int frameLength = checked((int)header.FrameLength);
        (long read, long written) = WriteFrames(source, destination, frameLength, cipher, signature, progress, cancellation);
        written += head.Length;
        if (header.Suite.IsSigned)
        {
            byte[] signed = signature.Sign();
            byte[] footer = [0, (byte)signed.Length, .. signed];
            destination.Write(footer);
            written += footer.Length;
        }

        return (read, written);
    }

    private static (long Read, long Written) WriteFrames(
        Stream source,
        Stream destination,
        int frameLength,
        FrameCipher cipher,
        MessageSignature signature,
        IProgress<long>? progress,
        CancellationToken cancellation)
    {
        int framesInBatch = Math.Max(1, BoundedBuffer.BatchLength / (frameLength + RegularOverhead));
        int batch = framesInBatch * frameLength;
        using BoundedBuffer plaintext = new(Math.Min(batch + 1, BoundedBuffer.BatchLength));
        using BoundedBuffer frames = new(
            Math.Min((batch + (framesInBatch * RegularOverhead)) + (2 * sizeof(uint)), BoundedBuffer.BatchLength));
        long read = 0;
        long written = 0;
        uint number = 1;
        int kept = 0;
        bool ended = false;
        while (!ended)
        {
            // One byte more than the batch shows whether its last frame is the final one.
            int filled = Fill(source, plaintext, kept, batch + 1, cancellation);
            ended = filled <= batch;
            read += filled - kept;
            int length = Math.Min(filled, batch);
            int count = Math.Max(1, (int)(((long)length + frameLength - 1) / frameLength));
            frames.Grow(length + (count * RegularOverhead) + (2 * sizeof(uint)));
            int used = 0;
            for (int i = 0; i < count; i++)
            {
                if (number == LastFrame && !(ended && i == count - 1))
                {
                    throw EnvelopeErrors.TooManyFrames(frameLength);
                }

                int at = i * frameLength;
                ReadOnlySpan<byte> content = plaintext.Bytes.AsSpan(at, Math.Min(frameLength, length - at));
                used += WriteFrame(cipher, number, content, ended && i == count - 1, frames.Bytes.AsSpan(used));
                number = unchecked(number + 1);
            }

            signature.Append(frames.Bytes.AsSpan(0, used));
            destination.Write(frames.Bytes, 0, used);
            written += used;
            if (!ended)
            {
                plaintext.Bytes[0] = plaintext.Bytes[batch];
                kept = 1;
            }

            progress?.Report(read);
        }

        return (read, written);
    }

    private static int WriteFrame(FrameCipher cipher, uint number, ReadOnlySpan<byte> content, bool isFinal, Span<byte> output)
    {
        int overhead = isFinal ? FinalOverhead : RegularOverhead;
        Span<byte> rest = output[..(content.Length + overhead)];
        if (isFinal)
        {
            BinaryPrimitives.WriteUInt32BigEndian(rest, LastFrame);
            rest = rest[sizeof(uint)..];
        }

        BinaryPrimitives.WriteUInt32BigEndian(rest, number);
        FrameCipher.WriteIV(number, rest.Slice(sizeof(uint), FrameCipher.IVLength));
        rest = rest[(sizeof(uint) + FrameCipher.IVLength)..];
        if (isFinal)
        {
            BinaryPrimitives.WriteInt32BigEndian(rest, content.Length);
            rest = rest[sizeof(uint)..];
        }

        cipher.Encrypt(
            isFinal ? FrameCipher.Part.Final : FrameCipher.Part.Regular,
            number,
            content,
            rest[..content.Length],
            rest[content.Length..]);
        return content.Length + overhead;
    }

    // Reads until the requested number of bytes has arrived or the stream ends.
    private static int Fill(Stream source, BoundedBuffer buffer, int filled, int wanted, CancellationToken cancellation)
    {
        while (filled < wanted)
        {
            cancellation.ThrowIfCancellationRequested();
            if (filled == buffer.Bytes.Length)
            {
                buffer.Grow((int)Math.Min(wanted, filled * 2L));
            }

            int read = source.Read(
                buffer.Bytes,
                filled,
                Math.Min(Math.Min(buffer.Bytes.Length, wanted) - filled, BoundedBuffer.BatchLength));
            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return filled;
    }
}
