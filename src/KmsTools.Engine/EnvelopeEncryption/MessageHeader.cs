using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace KmsTools.EnvelopeEncryption;

/// <summary>
/// The header of a message of version 2. Source: Message Header in the AWS Encryption SDK specification. All numbers are big-endian.
/// </summary>
public sealed record MessageHeader
{
    /// <summary>The prefix of names in the encryption context that are reserved for the format.</summary>
    public const string ReservedPrefix = "aws-crypto-";

    /// <summary>The longest frame that is written and read, in bytes: a whole frame must fit in memory.</summary>
    public const int MaxFrameLength = 1 << 30;

    internal const byte Version = 2;
    internal const byte Unframed = 1;
    internal const byte Framed = 2;
    internal const string PublicKeyName = ReservedPrefix + "public-key";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The algorithm suite.</summary>
    public required AlgorithmSuite Suite { get; init; }

    /// <summary>32 random bytes that are unique to the message.</summary>
    public required ImmutableArray<byte> MessageId { get; init; }

    /// <summary>The encryption context, with what the format itself stores there: the public key of signed messages.</summary>
    public required ImmutableSortedDictionary<string, string> EncryptionContext { get; init; }

    /// <summary>The data key, encrypted by each key that can open the message.</summary>
    public required ImmutableArray<EncryptedDataKey> EncryptedDataKeys { get; init; }

    /// <summary>
    /// Plaintext bytes in each frame but the last one, which may have fewer: 1 to 4294967295. 0 when the content is not framed, as old SDKs
    /// could write it. Frames longer than <see cref="MaxFrameLength"/> are refused where one occurs in the message.
    /// </summary>
    public required long FrameLength { get; init; }

    /// <summary>The value that commits the message to its data key, 32 bytes.</summary>
    public required ImmutableArray<byte> Commitment { get; init; }

    /// <summary>The encryption context that the user specified.</summary>
    public ImmutableSortedDictionary<string, string> UserContext =>
        EncryptionContext.RemoveRange(EncryptionContext.Keys.Where(static key => key.StartsWith(ReservedPrefix, StringComparison.Ordinal)));

    /// <summary>The ARNs of the KMS keys that can open the message, each once.</summary>
    public ImmutableArray<string> KeyArns => [.. EncryptedDataKeys.Select(static key => key.Arn?.ToString()).OfType<string>().Distinct()];

    /// <summary>The bytes of the header up to its authentication tag.</summary>
    internal byte[] Serialize()
    {
        ArrayBufferWriter<byte> output = new(512);
        output.Write([Version]);
        WriteUInt16(output, Suite.Id);
        output.Write(MessageId.AsSpan());
        byte[] context = SerializeContext(EncryptionContext);
        WriteField(output, context);
        WriteUInt16(output, EncryptedDataKeys.Length);
        foreach (EncryptedDataKey key in EncryptedDataKeys)
        {
            WriteField(output, Utf8.GetBytes(key.ProviderId));
            WriteField(output, key.ProviderInfo.AsSpan());
            WriteField(output, key.Ciphertext.AsSpan());
        }

        output.Write([FrameLength == 0 ? Unframed : Framed]);
        BinaryPrimitives.WriteUInt32BigEndian(output.GetSpan(4), checked((uint)FrameLength));
        output.Advance(4);
        output.Write(Commitment.AsSpan());
        return output.WrittenSpan.ToArray();
    }

    // Pairs in the order of the UTF-8 bytes of their names, which is not that of .NET's strings beyond the basic plane.
    private static byte[] SerializeContext(ImmutableSortedDictionary<string, string> context)
    {
        if (context.IsEmpty)
        {
            return [];
        }

        (byte[] Key, byte[] Value)[] pairs = [.. context.Select(static pair => (Utf8.GetBytes(pair.Key), Utf8.GetBytes(pair.Value)))];
        Array.Sort(pairs, static (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        ArrayBufferWriter<byte> output = new(256);
        WriteUInt16(output, pairs.Length);
        foreach ((byte[] key, byte[] value) in pairs)
        {
            WriteField(output, key);
            WriteField(output, value);
        }

        return output.WrittenSpan.ToArray();
    }

    private static void WriteField(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        WriteUInt16(output, bytes.Length);
        output.Write(bytes);
    }

    private static void WriteUInt16(ArrayBufferWriter<byte> output, int number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), (ushort)number);
        output.Advance(2);
    }
}
