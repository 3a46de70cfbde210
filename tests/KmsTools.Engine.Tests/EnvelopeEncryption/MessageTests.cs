using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.EnvelopeEncryption;

/// <summary>Messages under a data key that is known, without KMS: lengths, memory, and every way to change a message.</summary>
public sealed class MessageTests
{
    private static readonly byte[] DataKey = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];

    // Up to the commitment: version, suite, message ID, context, one data key of "p", "i", "c", content type, frame length, commitment.
    private const int UnsignedHeaderLength = 1 + 2 + 32 + 2 + 2 + (3 * (2 + 1)) + 1 + 4 + 32;
    private const int PublicKeyLength = 2 + 2 + 21 + 2 + 68;

    public static TheoryData<bool> Suites => [false, true];

    [Theory]
    [InlineData(0, 16, 1)]
    [InlineData(1, 16, 1)]
    [InlineData(15, 16, 1)]
    [InlineData(16, 16, 1)]
    [InlineData(17, 16, 2)]
    [InlineData(32, 16, 2)]
    [InlineData(33, 16, 3)]
    [InlineData(3, 1, 3)]
    [InlineData(4095, 4096, 1)]
    [InlineData(4096, 4096, 1)]
    [InlineData(4097, 4096, 2)]
    [InlineData((63 * 4096) - 1, 4096, 63)]
    [InlineData(63 * 4096, 4096, 63)]
    [InlineData((63 * 4096) + 1, 4096, 64)]
    [InlineData(126 * 4096, 4096, 126)]
    [InlineData((126 * 4096) + 1, 4096, 127)]
    [InlineData(3_000_000, 1_000_000, 3)]
    [InlineData(3_000_001, 1_000_000, 4)]
    [InlineData(100_000, 1 << 30, 1)]
    public void Read_OfEveryLength_GetsTheContentBack(int length, int frameLength, int frames)
    {
        foreach (bool signed in new[] { false, true })
        {
            byte[] plaintext = RandomNumberGenerator.GetBytes(length);
            byte[] message = Write(plaintext, signed, frameLength);
            int header = UnsignedHeaderLength + (signed ? PublicKeyLength : 0) + 16;
            int signature = signed ? 2 + BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(header + length + (frames * 32) + 8)) : 0;
            Assert.Equal(header + length + (frames * 32) + 8 + signature, message.Length);
            Assert.Equal(plaintext, Read(message));
        }
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Read_OneByteAtATime_GetsTheContentBack(bool signed)
    {
        byte[] plaintext = RandomNumberGenerator.GetBytes(10_000);
        using SlowStream slow = new(plaintext);
        using MemoryStream output = new();
        WriteTo(slow, output, signed, 4096);
        using SlowStream slowMessage = new(output.ToArray());
        using MemoryStream back = new();
        (_, long read, long written) = ReadFrom(slowMessage, back);
        Assert.Equal(plaintext, back.ToArray());
        Assert.Equal((output.Length, 10_000), (read, written));
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Read_OfAnyLength_TakesTheSameMemory(bool signed)
    {
        const int Length = 64 << 20;
        using MemoryStream message = new(Length + (Length / 100));
        using ZeroStream zeros = new(Length);
        long before = GC.GetAllocatedBytesForCurrentThread();
        WriteTo(zeros, message, signed, 4096);
        long writing = GC.GetAllocatedBytesForCurrentThread() - before;

        message.Position = 0;
        before = GC.GetAllocatedBytesForCurrentThread();
        (_, _, long written) = ReadFrom(message, Stream.Null);
        long reading = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Length, written);
        Assert.InRange(writing, 0, 2 << 20);
        Assert.InRange(reading, 0, 2 << 20);
    }

    [Fact]
    public void Read_GreatFrameLengthAlone_TakesNoMemory()
    {
        byte[] message = Write([1, 2, 3], signed: false, MessageHeader.MaxFrameLength);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal([1, 2, 3], Read(message));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);

        // A regular frame that says to have 1 GiB, and has nothing.
        byte[] lying = [.. message[..(UnsignedHeaderLength + 16)], 0, 0, 0, 1, .. new byte[11], 1];
        before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(EnvelopeFailure.Truncated, Refused(lying).Failure);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Read_AnyBitChanged_IsRefused(bool signed)
    {
        byte[] message = Write(RandomNumberGenerator.GetBytes(40), signed, 16);
        Assert.Equal(40, Read(message).Length);
        for (int i = 0; i < message.Length; i++)
        {
            foreach (byte bit in new byte[] { 0x01, 0x80 })
            {
                message[i] ^= bit;
                _ = Refused(message);
                message[i] ^= bit;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Read_AnyEndCutOff_IsRefused(bool signed)
    {
        byte[] message = Write(RandomNumberGenerator.GetBytes(40), signed, 16);
        Assert.Equal(EnvelopeFailure.NotAMessage, Refused([]).Failure);
        for (int length = 1; length < message.Length; length++)
        {
            Assert.Equal(EnvelopeFailure.Truncated, Refused(message[..length]).Failure);
        }
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Read_MoreAfterTheEnd_IsRefused(bool signed)
    {
        byte[] message = Write([1, 2, 3], signed, 16);
        Assert.Equal(EnvelopeFailure.TrailingData, Refused([.. message, 0]).Failure);
        Assert.Equal("Something follows the end of the message.", Refused([.. message, .. message]).Message);
    }

    [Theory]
    [InlineData(0, 3, "NotAMessage", "This is not a message of the AWS Encryption SDK.")]
    [InlineData(1, 1, "UnsupportedAlgorithmSuite", "Algorithm suite 0x0178 is none of a message of version 2: 0x0478 or 0x0578.")]
    [InlineData(1, 5, "MalformedMessage", "The message is malformed: the public key of its signature is missing.")]
    [InlineData(3, 9, "KeyCommitmentMismatch", "The message does not fit its data key: the key commitment differs.")]
    [InlineData(38, 0, "MalformedMessage", "The message is malformed: it has no encrypted data key.")]
    [InlineData(41, 9, "HeaderNotAuthentic", "The header of the message is not authentic.")]
    [InlineData(48, 3, "MalformedMessage", "The message is malformed: content type 3 with a frame length of 16.")]
    [InlineData(48, 1, "MalformedMessage", "The message is malformed: content type 1 with a frame length of 16.")]
    [InlineData(52, 17, "HeaderNotAuthentic", "The header of the message is not authentic.")]
    [InlineData(52, 0, "MalformedMessage", "The message is malformed: content type 2 with a frame length of 0.")]
    [InlineData(49, 0x40, "HeaderNotAuthentic", "The header of the message is not authentic.")]
    [InlineData(84, 9, "KeyCommitmentMismatch", "The message does not fit its data key: the key commitment differs.")]
    [InlineData(85, 9, "HeaderNotAuthentic", "The header of the message is not authentic.")]
    [InlineData(104, 2, "FrameOutOfOrder", "The message has frame 2 where frame 1 belongs.")]
    [InlineData(116, 2, "FrameNotAuthentic", "Frame 1 of the message is not authentic.")]
    [InlineData(117, 9, "FrameNotAuthentic", "Frame 1 of the message is not authentic.")]
    [InlineData(148, 9, "FrameNotAuthentic", "Frame 1 of the message is not authentic.")]
    [InlineData(165, 9, "FrameNotAuthentic", "Frame 2 of the message is not authentic.")]
    [InlineData(197, 9, "FrameOutOfOrder", "The message has frame 4143972351 where frame 3 belongs.")]
    [InlineData(220, 17, "MalformedMessage", "The message is malformed: its final frame is longer than its frame length.")]
    [InlineData(220, 7, "FrameNotAuthentic", "Frame 3 of the message is not authentic.")]
    public void Read_EachFieldChanged_HasItsError(int at, byte value, string failure, string message)
    {
        byte[] bytes = Write(RandomNumberGenerator.GetBytes(40), signed: false, 16);

        // Where a byte is random, 9 could be what it is already.
        bytes[at] = value == 9 ? (byte)(bytes[at] ^ 9) : value;
        EnvelopeException error = Refused(bytes);
        Assert.Equal((failure, message), (error.Failure.ToString(), error.Message));
    }

    [Fact]
    public void Read_FramesMovedWithinOrBetweenMessages_AreRefused()
    {
        byte[] message = Write(RandomNumberGenerator.GetBytes(64), signed: false, 16);
        const int Start = UnsignedHeaderLength + 16;
        const int Frame = 48;
        byte[] head = message[..Start];
        byte[] first = message[Start..(Start + Frame)];
        byte[] second = message[(Start + Frame)..(Start + (2 * Frame))];
        byte[] rest = message[(Start + (2 * Frame))..];
        Assert.Equal(64, Read([.. head, .. first, .. second, .. rest]).Length);
        Assert.Equal("The message has frame 2 where frame 1 belongs.", Refused([.. head, .. second, .. first, .. rest]).Message);
        Assert.Equal("The message has frame 3 where frame 2 belongs.", Refused([.. head, .. first, .. rest]).Message);
        Assert.Equal("The message has frame 1 where frame 2 belongs.", Refused([.. head, .. first, .. first, .. second, .. rest]).Message);

        // The numbers set right, the tags of others do not fit.
        byte[] renumbered = [.. second];
        (renumbered[3], renumbered[15]) = (1, 1);
        Assert.Equal("Frame 1 of the message is not authentic.", Refused([.. head, .. renumbered, .. second, .. rest]).Message);

        // Same data key, same number, another message.
        byte[] other = Write(RandomNumberGenerator.GetBytes(64), signed: false, 16);
        Assert.Equal("Frame 1 of the message is not authentic.", Refused([.. head, .. other[Start..(Start + Frame)], .. second, .. rest]).Message);
    }

    [Fact]
    public void Read_WrongSignature_IsRefusedAtTheEnd()
    {
        byte[] message = Write(RandomNumberGenerator.GetBytes(40), signed: true, 16);
        byte[] other = Write(RandomNumberGenerator.GetBytes(40), signed: true, 16);
        int footer = UnsignedHeaderLength + PublicKeyLength + 16 + 40 + (3 * 32) + 8;
        EnvelopeException error = Refused([.. message[..footer], .. other[footer..]]);
        Assert.Equal(EnvelopeFailure.SignatureNotAuthentic, error.Failure);
        Assert.Equal("The signature of the message does not fit: nothing of its content was kept.", error.Message);
        Assert.Equal(EnvelopeFailure.SignatureNotAuthentic, Refused([.. message[..footer], 0, 0]).Failure);
        Assert.Equal(EnvelopeFailure.SignatureNotAuthentic, Refused([.. message[..footer], 0, 200, .. new byte[200]]).Failure);
        Assert.Equal(EnvelopeFailure.Truncated, Refused(message[..footer]).Failure);
    }

    [Fact]
    public void Read_PublicKeyOffTheCurve_IsRefused()
    {
        foreach (string key in new[] { "", "AAAA", "!", Convert.ToBase64String(new byte[49]), Convert.ToBase64String([2, .. Enumerable.Repeat((byte)0xFF, 48)]), Convert.ToBase64String([4, .. new byte[48]]) })
        {
            byte[] message = WithHeader(static header => header with { Suite = AlgorithmSuite.Signed }, (MessageHeader.PublicKeyName, key));
            Assert.Equal("The message is malformed: the public key of its signature is not a point of P-384.", Refused(message).Message);
        }

        Assert.Equal(
            "The message is malformed: it has the public key of a signature but is not signed.",
            Refused(WithHeader(static header => header, (MessageHeader.PublicKeyName, "x"))).Message);
    }

    [Fact]
    public void PublicKey_OfAnySignAndLeadingZeros_SurvivesCompression()
    {
        for (int i = 0; i < 40; i++)
        {
            using MessageSignature signer = MessageSignature.Create(AlgorithmSuite.Signed);
            signer.Append([1, 2, 3]);
            byte[] signature = signer.Sign();
            MessageHeader header = Header(AlgorithmSuite.Signed, 1, (MessageHeader.PublicKeyName, signer.PublicKey!));
            using MessageSignature verifier = MessageSignature.Of(header);
            verifier.Append([1, 2, 3]);
            Assert.True(verifier.Verify(signature));
            using MessageSignature disappointed = MessageSignature.Of(header);
            disappointed.Append([1, 2, 4]);
            Assert.False(disappointed.Verify(signature));
        }
    }

    [Fact]
    public void Read_EncryptionContextThatDoesNotAddUp_IsRefused()
    {
        byte[] message = Write([1], signed: false, 16);
        foreach (byte[] context in new byte[][] { [0], [0, 0], [0, 1], [0, 1, 0, 1], [0, 1, 0, 1, 65, 0], [0, 1, 0, 1, 65, 0, 9, 66], [0, 1, 0, 1, 65, 0, 1, 66, 0] })
        {
            byte[] changed = [.. message[..35], 0, (byte)context.Length, .. context, .. message[37..]];
            Assert.Equal("The message is malformed: the lengths in its encryption context do not add up.", Refused(changed).Message);
        }

        Assert.Equal(
            "The message is malformed: a name is in its encryption context twice.",
            Refused([.. message[..35], 0, 14, 0, 2, 0, 1, 65, 0, 1, 66, 0, 1, 65, 0, 1, 67, .. message[37..]]).Message);
        Assert.Equal(
            "The message is malformed: a text in its header is not UTF-8.",
            Refused([.. message[..35], 0, 8, 0, 1, 0, 1, 0xFF, 0, 1, 66, .. message[37..]]).Message);
    }

    [Fact]
    public void Write_NamesBeyondTheBasicPlane_AreInTheOrderOfTheirBytes()
    {
        // U+FF61 comes before U+10000 in UTF-8 and after it in UTF-16.
        byte[] serialized = Header(AlgorithmSuite.Unsigned, 1, ("\U00010000", "b"), ("\uFF61", "a")).Serialize();
        Assert.Equal("0013" + "0002" + "0003EFBDA1" + "000161" + "0004F0908080" + "000162", Convert.ToHexString(serialized.AsSpan(35, 21)));
    }

    [Fact]
    public void Read_MoreEncryptedDataKeysThanAllowed_IsRefused()
    {
        MessageHeader header = Header(AlgorithmSuite.Unsigned, 16);
        byte[] message = Write([1], header with { EncryptedDataKeys = [.. Enumerable.Repeat(header.EncryptedDataKeys[0], 3)] });
        using MemoryStream output = new();
        _ = ReadFrom(new MemoryStream(message), output, 3);
        EnvelopeException error = Assert.Throws<EnvelopeException>(() =>
            ReadFrom(new MemoryStream(message), output, 2));
        Assert.Equal("The message has 3 encrypted data keys; at most 2 are allowed.", error.Message);
    }

    [Fact]
    public void Read_HeaderThatIsTooLong_IsRefused()
    {
        EncryptedDataKey key = new() { ProviderId = "p", ProviderInfo = [.. new byte[65535]], Ciphertext = [.. new byte[65535]] };
        byte[] message = Write([1], Header(AlgorithmSuite.Unsigned, 16) with { EncryptedDataKeys = [.. Enumerable.Repeat(key, 200)] });
        EnvelopeException error = Assert.Throws<EnvelopeException>(() =>
            ReadFrom(new MemoryStream(message), Stream.Null, 65535));
        Assert.Equal((EnvelopeFailure.TooLong, "The header of the message is longer than 16777216 bytes."), (error.Failure, error.Message));
    }

    [Theory]
    [InlineData("AgR4TfvRMU2dVZJbgXIyxeNt", "MessageInBase64", "This is a message of the AWS Encryption SDK in base64.")]
    [InlineData("AgV4vjf7DnZHP0MgQ4/QHZH1", "MessageInBase64", "This is a message of the AWS Encryption SDK in base64.")]
    [InlineData("AYADeLiSmwF1PUpFwCF/OUBP", "MessageInBase64", "This is a message of the AWS Encryption SDK in base64.")]
    [InlineData("hello", "NotAMessage", "This is not a message of the AWS Encryption SDK.")]
    [InlineData("\u0001\u0080\u0003\u0078", "UnsupportedAlgorithmSuite", "The message has format version 1 with algorithm suite 0x0378, "
        + "which does not commit to its key. Only messages of version 2 are opened.")]
    public void Read_NotAMessageThatCanBeOpened_SaysWhatItIs(string start, string failure, string message)
    {
        EnvelopeException error = Refused([.. start.Select(static c => (byte)c), .. new byte[64]]);
        Assert.Equal((failure, message), (error.Failure.ToString(), error.Message));
    }

    [Fact]
    public void Write_MoreFramesThan32BitsCount_IsRefused()
    {
        MessageWriter.RequireFrames(uint.MaxValue, 1);
        Assert.Equal(
            "A message has at most 4294967295 frames: with frames of 1 bytes this is too long.",
            Assert.Throws<EnvelopeException>(() => MessageWriter.RequireFrames((long)uint.MaxValue + 1, 1)).Message);
        MessageWriter.RequireFrames(uint.MaxValue * 4096L, 4096);
        Assert.Throws<EnvelopeException>(() => MessageWriter.RequireFrames((uint.MaxValue * 4096L) + 1, 4096));
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(300_000)]
    public void ReadAndWrite_SignedMessageOfManyBatches_IsVerifiedToItsEnd(int frameLength)
    {
        byte[] plaintext = RandomNumberGenerator.GetBytes(5_000_000);
        byte[] message = Write(plaintext, signed: true, frameLength);
        Assert.Equal(plaintext, Read(message));

        // The hash of another message: no frame is changed, only the context that the header authenticates by its tag and the footer signs.
        byte[] other = Write(plaintext, signed: true, frameLength);
        int footer = message.Length - FooterLength(message);
        byte[] mixed = [.. message[..footer], .. other[^FooterLength(other)..]];
        Assert.Equal("The signature of the message does not fit: nothing of its content was kept.", Refused(mixed).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ReadAndWrite_Cancelled_Stop(bool signed)
    {
        using CancellationTokenSource cancellation = new();
        using ZeroStream endless = new(long.MaxValue);
        Stopping progress = new(cancellation, 10 << 20);
        MessageHeader header = Header(signed ? AlgorithmSuite.Signed : AlgorithmSuite.Unsigned, 4096);
        using MessageKeys keys = KeysOf(header);
        using MessageSignature signature = MessageSignature.Create(header.Suite);
        Assert.Throws<OperationCanceledException>(() => MessageWriter.Write(
            endless,
            Stream.Null,
            header with { Commitment = keys.Commitment },
            keys,
            signature,
            progress,
            cancellation.Token));
        Assert.InRange(progress.Last, 10 << 20, 11 << 20);
    }

    // Two bytes of length before the signature in DER, whose second byte is the length of the rest.
    private static int FooterLength(byte[] message)
    {
        for (int length = 104; length > 95; length--)
        {
            int at = message.Length - length;
            if (message[at] == 0x30 && message[at + 1] == length - 2 && message[at - 2] == 0 && message[at - 1] == length)
            {
                return length + 2;
            }
        }

        throw new InvalidOperationException("The message has no footer.");
    }

    private static EnvelopeException Refused(byte[] message) => Assert.Throws<EnvelopeException>(() => Read(message));

    private static byte[] Read(byte[] message)
    {
        using MemoryStream output = new();
        _ = ReadFrom(new MemoryStream(message), output);
        return output.ToArray();
    }

    private static (MessageHeader Header, long Read, long Written) ReadFrom(Stream message, Stream output, int maxEncryptedDataKeys = 100) =>
        MessageReader.Read(message, output, maxEncryptedDataKeys, static _ => Secret.CopyOf(DataKey), null, default);

    private static byte[] Write(byte[] plaintext, bool signed, int frameLength)
    {
        using MemoryStream output = new();
        WriteTo(new MemoryStream(plaintext), output, signed, frameLength);
        return output.ToArray();
    }

    private static void WriteTo(Stream plaintext, Stream output, bool signed, int frameLength)
    {
        AlgorithmSuite suite = signed ? AlgorithmSuite.Signed : AlgorithmSuite.Unsigned;
        using MessageSignature signature = MessageSignature.Create(suite);
        MessageHeader header = signed ? Header(suite, frameLength, (MessageHeader.PublicKeyName, signature.PublicKey!)) : Header(suite, frameLength);
        using MessageKeys keys = KeysOf(header);
        (long read, long written) = MessageWriter.Write(plaintext, output, header with { Commitment = keys.Commitment }, keys, signature, null, default);
        Assert.Equal(output.Length, written);
        Assert.True(read >= 0);
    }

    private static byte[] Write(byte[] plaintext, MessageHeader header)
    {
        using MemoryStream output = new();
        using MessageKeys keys = KeysOf(header);
        _ = MessageWriter.Write(
            new MemoryStream(plaintext),
            output,
            header with { Commitment = keys.Commitment },
            keys,
            MessageSignature.Create(AlgorithmSuite.Unsigned),
            null,
            default);
        return output.ToArray();
    }

    // Only as far as the header: what follows is missing.
    private static byte[] WithHeader(Func<MessageHeader, MessageHeader> change, params (string Key, string Value)[] context) =>
        [.. change(Header(AlgorithmSuite.Unsigned, 16, context)).Serialize(), .. new byte[16]];

    private static MessageHeader Header(AlgorithmSuite suite, int frameLength, params (string Key, string Value)[] context) => new()
    {
        Suite = suite,
        MessageId = [.. RandomNumberGenerator.GetBytes(32)],
        EncryptionContext = context.ToImmutableSortedDictionary(static pair => pair.Key, static pair => pair.Value, StringComparer.Ordinal),
        EncryptedDataKeys = [new EncryptedDataKey { ProviderId = "p", ProviderInfo = [.. "i"u8], Ciphertext = [.. "c"u8] }],
        FrameLength = frameLength,
        Commitment = [.. new byte[32]],
    };

    private static MessageKeys KeysOf(MessageHeader header)
    {
        using Secret dataKey = Secret.CopyOf(DataKey);
        return MessageKeys.Derive(dataKey, header.Suite, header.MessageId.AsSpan());
    }

    private sealed class Stopping(CancellationTokenSource cancellation, long after) : IProgress<long>
    {
        public long Last { get; private set; }

        public void Report(long value)
        {
            Last = value;
            if (value >= after)
            {
                cancellation.Cancel();
            }
        }
    }

    private sealed class SlowStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1));
    }

    private sealed class ZeroStream(long length) : MemoryStream
    {
        private long _left = length;

        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = (int)Math.Min(count, _left);
            Array.Clear(buffer, offset, read);
            _left -= read;
            return read;
        }
    }
}
