using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.EnvelopeEncryption;

/// <summary>
/// Frames as <see cref="MessageWriter"/> never writes them: with other initialization vectors, and with longer frame lengths.
/// </summary>
public sealed class ForeignFramesTests
{
    private const string Header = "000000000000000000000000";
    private const string Number1 = "000000000000000000000001";
    private const string Number2 = "000000000000000000000002";
    private const string Number3 = "000000000000000000000003";
    private const string Other = "FFFFFFFFFFFFFFFF00000001";
    private const string Random = "8899AABBCCDDEEFF00112233";

    private static readonly byte[] DataKey = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];

    [Theory]
    [InlineData(Number1, Number2, Number3)]
    [InlineData(Other, Random, Number3)]
    [InlineData(Number1, Random, Other)]
    [InlineData(Random, Number1, Number2)]
    [InlineData(Number3, Number2, Number1)]
    [InlineData("000000000000000100000001", "000000010000000000000001", Number1)]
    public void Read_VectorsThatDiffer_AreOpened(string first, string second, string third) =>
        Assert.Equal("onetwoend", Read(3, Frame(1, first, "one"), Frame(2, second, "two"), Frame(3, third, "end", isFinal: true)));

    [Theory]
    [InlineData(Number1, Number2, Number1, 3)]
    [InlineData(Number1, Number2, Number2, 3)]
    [InlineData(Number1, Number1, Number3, 2)]
    [InlineData(Number2, Number2, Number3, 2)]
    [InlineData(Number3, Number2, Number3, 3)]
    [InlineData(Other, Other, Number3, 2)]
    [InlineData(Random, Other, Random, 3)]
    [InlineData(Random, Number2, Number2, 3)]
    [InlineData(Header, Number2, Number3, 1)]
    [InlineData(Random, Number2, Header, 3)]
    public void Read_VectorThatIsRepeated_IsRefused(string first, string second, string third, int at)
    {
        EnvelopeException error = Assert.Throws<EnvelopeException>(
            () => Read(3, Frame(1, first, "one"), Frame(2, second, "two"), Frame(3, third, "end", isFinal: true)));
        Assert.Equal(EnvelopeFailure.MalformedMessage, error.Failure);
        Assert.Equal($"The message is malformed: frame {at} repeats an initialization vector.", error.Message);
    }

    [Fact]
    public void Read_WithoutFrames_MayHaveAnyVectorButThatOfTheHeader()
    {
        Assert.Equal("whole", Read(0, Unframed(Number1, "whole")));
        Assert.Equal("whole", Read(0, Unframed(Random, "whole")));
        Assert.Equal(
            "The message is malformed: frame 1 repeats an initialization vector.",
            Assert.Throws<EnvelopeException>(() => Read(0, Unframed(Header, "whole"))).Message);
    }

    [Fact]
    public void Read_VectorsOtherThanNumbers_AreComparedUpToALimit()
    {
        UsedIVs used = new();
        byte[] iv = new byte[12];
        iv[0] = 1;
        for (uint number = 1; number <= 1_048_576; number++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(iv.AsSpan(8), number);
            Assert.True(used.TryAdd(number, iv));
        }

        Assert.False(used.TryAdd(1_048_577, iv));
        iv[0] = 2;
        EnvelopeException error = Assert.Throws<EnvelopeException>(() => used.TryAdd(1_048_577, iv));
        Assert.Equal((EnvelopeFailure.TooLong, ErrorCause.TooManyIVs), (error.Failure, error.Cause));
        Assert.Equal(
            "The message has more than 1048576 frames whose initialization vectors differ from their numbers: they cannot all be compared.",
            error.Message);
    }

    [Theory]
    [InlineData(5)]
    [InlineData((1L << 30) + 1)]
    [InlineData(int.MaxValue)]
    [InlineData(uint.MaxValue)]
    public void Read_FrameLengthLongerThanTheOnlyFrame_IsTaken(long frameLength)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("whole", Read(frameLength, Frame(1, Number1, "whole", isFinal: true)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
    }

    [Theory]
    [InlineData((1L << 30) + 1, 1073741825)]
    [InlineData(uint.MaxValue, 4294967295)]
    public void Read_FrameThatIsTooLong_IsRefused(long frameLength, long told)
    {
        string message = $"The message has a frame of {told} bytes; at most 1073741824 can be handled, "
            + "because a frame is authenticated as a whole before any of it is used.";
        EnvelopeException regular = Assert.Throws<EnvelopeException>(() => Read(frameLength, Frame(1, Number1, "first")));
        Assert.Equal((EnvelopeFailure.TooLong, ErrorCause.FrameTooLong, message), (regular.Failure, regular.Cause, regular.Message));

        FramePart lying = cipher =>
        {
            byte[] frame = Frame(1, Number1, "whole", isFinal: true)(cipher);
            BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(20), (uint)frameLength);
            return frame;
        };
        EnvelopeException final = Assert.Throws<EnvelopeException>(() => Read(frameLength, lying));
        Assert.Equal((EnvelopeFailure.TooLong, ErrorCause.FrameTooLong, message), (final.Failure, final.Cause, final.Message));
    }

    [Fact]
    public void Read_FrameOfTheGreatestLengthThatIsMissing_IsTruncated() => Assert.Equal(
        EnvelopeFailure.Truncated, Assert.Throws<EnvelopeException>(() => Read(1L << 30, Frame(1, Number1, "first"))).Failure);

    private delegate byte[] FramePart(AesGcm cipher);

    private static string Read(long frameLength, params FramePart[] parts)
    {
        using Secret dataKey = Secret.CopyOf(DataKey);
        byte[] messageId = new byte[32];
        using MessageKeys keys = MessageKeys.Derive(dataKey, AlgorithmSuite.Unsigned, messageId);
        MessageHeader header = new()
        {
            Suite = AlgorithmSuite.Unsigned,
            MessageId = [.. messageId],
            EncryptionContext = ImmutableSortedDictionary<string, string>.Empty,
            EncryptedDataKeys = [new EncryptedDataKey { ProviderId = "p", ProviderInfo = [.. "i"u8], Ciphertext = [.. "c"u8] }],
            FrameLength = frameLength,
            Commitment = keys.Commitment,
        };
        byte[] start = header.Serialize();
        using AesGcm cipher = keys.ContentKey.Use(static key => new AesGcm(key, 16));
        using MemoryStream output = new();
        byte[] message = [.. start, .. Seal(cipher, Header, start, "").Tag, .. parts.SelectMany(part => part(cipher))];
        _ = MessageReader.Read(new MemoryStream(message), output, 1, static _ => Secret.CopyOf(DataKey), null, default);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static FramePart Frame(uint number, string iv, string content, bool isFinal = false) => cipher =>
    {
        ReadOnlySpan<byte> part = isFinal ? "AWSKMSEncryptionClient Final Frame"u8 : "AWSKMSEncryptionClient Frame"u8;
        byte[] data = [.. new byte[32], .. part, .. Big(number), 0, 0, 0, 0, .. Big((uint)content.Length)];
        (byte[] ciphertext, byte[] tag) = Seal(cipher, iv, data, content);
        byte[] start = [.. Big(number), .. Convert.FromHexString(iv)];
        return isFinal
            ? [.. Big(uint.MaxValue), .. start, .. Big((uint)content.Length), .. ciphertext, .. tag]
            : [.. start, .. ciphertext, .. tag];
    };

    private static FramePart Unframed(string iv, string content) => cipher =>
    {
        byte[] length = [0, 0, 0, 0, .. Big((uint)content.Length)];
        byte[] data = [.. new byte[32], .. "AWSKMSEncryptionClient Single Block"u8, .. Big(1), .. length];
        (byte[] ciphertext, byte[] tag) = Seal(cipher, iv, data, content);
        return [.. Convert.FromHexString(iv), .. length, .. ciphertext, .. tag];
    };

    private static (byte[] Ciphertext, byte[] Tag) Seal(AesGcm cipher, string iv, byte[] data, string content)
    {
        byte[] ciphertext = new byte[content.Length];
        byte[] tag = new byte[16];
        cipher.Encrypt(Convert.FromHexString(iv), Encoding.UTF8.GetBytes(content), ciphertext, tag, data);
        return (ciphertext, tag);
    }

    private static byte[] Big(uint number)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return bytes;
    }
}
