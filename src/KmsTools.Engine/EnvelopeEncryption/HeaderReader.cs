using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace KmsTools.EnvelopeEncryption;

/// <summary>Reads the header of a message. Nothing in it may be trusted before its tag is verified.</summary>
internal ref struct HeaderReader
{
    // 100 encrypted data keys of KMS take less than a tenth of it.
    private const int MaxLength = 16 << 20;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ByteSource _source;
    private readonly ArrayBufferWriter<byte> _read = new(1024);

    private HeaderReader(ByteSource source) => _source = source;

    /// <summary>Reads the header up to its authentication tag.</summary>
    /// <param name="source">The source, at the beginning of the message.</param>
    /// <param name="maxEncryptedDataKeys">Messages with more encrypted data keys than this are refused before those are read.</param>
    /// <param name="bytes">The bytes of the header, unchanged.</param>
    /// <exception cref="EnvelopeException">It is not the header of a message that can be opened.</exception>
    public static MessageHeader Read(ByteSource source, int maxEncryptedDataKeys, out byte[] bytes)
    {
        RequireVersion(source);
        HeaderReader reader = new(source);
        MessageHeader header = reader.Read(maxEncryptedDataKeys);
        bytes = reader._read.WrittenSpan.ToArray();
        return header;
    }

    private static void RequireVersion(ByteSource source)
    {
        ReadOnlySpan<byte> start = source.Peek(4);
        if (start.StartsWith("AgR4"u8) || start.StartsWith("AgV4"u8) || start.StartsWith("AYA"u8))
        {
            throw EnvelopeErrors.InBase64();
        }

        if (start is [1, 0x80, var high, var low])
        {
            throw EnvelopeErrors.Uncommitted((ushort)((high << 8) | low));
        }

        if (start is not [MessageHeader.Version, ..])
        {
            throw EnvelopeErrors.NotAMessage();
        }
    }

    private readonly MessageHeader Read(int maxEncryptedDataKeys)
    {
        _ = Take(1);
        ushort suiteId = ReadUInt16();
        AlgorithmSuite suite = AlgorithmSuite.Find(suiteId) ?? throw EnvelopeErrors.UnsupportedSuite(suiteId);
        ImmutableArray<byte> messageId = [.. Take(AlgorithmSuite.MessageIdLength)];
        ImmutableSortedDictionary<string, string> context = ReadContext(ReadField());
        ImmutableArray<EncryptedDataKey> keys = ReadEncryptedDataKeys(maxEncryptedDataKeys);
        byte contentType = Take(1)[0];
        uint frameLength = BinaryPrimitives.ReadUInt32BigEndian(Take(4));
        if (!(contentType == MessageHeader.Framed && frameLength > 0) && !(contentType == MessageHeader.Unframed && frameLength == 0))
        {
            throw EnvelopeErrors.Malformed($"content type {contentType} with a frame length of {frameLength}");
        }

        return new MessageHeader
        {
            Suite = suite,
            MessageId = messageId,
            EncryptionContext = context,
            EncryptedDataKeys = keys,
            FrameLength = frameLength,
            Commitment = [.. Take(AlgorithmSuite.KeyLength)],
        };
    }

    private readonly ImmutableArray<EncryptedDataKey> ReadEncryptedDataKeys(int most)
    {
        int count = ReadUInt16();
        if (count == 0)
        {
            throw EnvelopeErrors.Malformed("it has no encrypted data key");
        }

        if (count > most)
        {
            throw EnvelopeErrors.TooManyEncryptedDataKeys(count, most);
        }

        ImmutableArray<EncryptedDataKey>.Builder keys = ImmutableArray.CreateBuilder<EncryptedDataKey>(count);
        for (int i = 0; i < count; i++)
        {
            keys.Add(
                new EncryptedDataKey { ProviderId = Text(ReadField()), ProviderInfo = [.. ReadField()], Ciphertext = [.. ReadField()] });
        }

        return keys.MoveToImmutable();
    }

    private static ImmutableSortedDictionary<string, string> ReadContext(ReadOnlySpan<byte> bytes)
    {
        ImmutableSortedDictionary<string, string>.Builder context = ImmutableSortedDictionary.CreateBuilder<string, string>(
            StringComparer.Ordinal);
        if (bytes.IsEmpty)
        {
            return context.ToImmutable();
        }

        int count = bytes.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(bytes);
        bytes = bytes.Length < 2 ? [] : bytes[2..];
        for (int i = 0; i < count; i++)
        {
            string key = Text(TakeField(ref bytes));
            string value = Text(TakeField(ref bytes));
            if (!context.TryAdd(key, value))
            {
                throw EnvelopeErrors.Malformed("a name is in its encryption context twice");
            }
        }

        return count == 0 || !bytes.IsEmpty ? throw BadContext() : context.ToImmutable();
    }

    private static ReadOnlySpan<byte> TakeField(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2 || bytes.Length - 2 < BinaryPrimitives.ReadUInt16BigEndian(bytes))
        {
            throw BadContext();
        }

        ReadOnlySpan<byte> field = bytes.Slice(2, BinaryPrimitives.ReadUInt16BigEndian(bytes));
        bytes = bytes[(2 + field.Length)..];
        return field;
    }

    private static EnvelopeException BadContext() => EnvelopeErrors.Malformed("the lengths in its encryption context do not add up");

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw EnvelopeErrors.Malformed("a text in its header is not UTF-8");
        }
    }

    private readonly ReadOnlySpan<byte> ReadField() => Take(ReadUInt16());

    private readonly ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    private readonly ReadOnlySpan<byte> Take(int count)
    {
        if (_read.WrittenCount + count > MaxLength)
        {
            throw EnvelopeErrors.HeaderTooLong(MaxLength);
        }

        ReadOnlySpan<byte> bytes = _source.Take(count);
        _read.Write(bytes);
        return bytes;
    }
}
