using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.EnvelopeEncryption;

/// <summary>Messages that other implementations have made.</summary>
public sealed class PublishedMessagesTests
{
    public static TheoryData<int> Opened => [.. Enumerable.Range(1, 46).Except(Refused.Select(static row => row.Data))];

    public static TheoryData<int> Refused => [2, 12, 13, 20, 21];

    [Fact]
    public void PublishedMessages_All_AreHere() =>
        Assert.Equal(Enumerable.Range(1, 46), PublishedMessage.All.Select(static each => each.Number));

    [Theory]
    [MemberData(nameof(Opened))]
    public void Read_PublishedMessage_GetsItsContent(int number)
    {
        PublishedMessage published = PublishedMessage.Of(number);
        using MemoryStream output = new();
        (_, long read, long written) = Read(published, output);
        Assert.Equal(published.Plaintext, Encoding.UTF8.GetString(output.ToArray()));
        Assert.Equal(Convert.FromBase64String(published.Message).Length, read);
        Assert.Equal(published.Plaintext!.Length, written);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Read_PublishedMessageWithAnotherCommitment_IsRefused(int number)
    {
        EnvelopeException error = Assert.Throws<EnvelopeException>(() => Read(PublishedMessage.Of(number), Stream.Null));
        Assert.Equal(EnvelopeFailure.KeyCommitmentMismatch, error.Failure);
        Assert.Equal("The message does not fit its data key: the key commitment differs.", error.Message);
    }

    [Theory]
    [InlineData(6, 152)]
    [InlineData(19, 220)]
    public void Read_BitOfAVectorThatIsNotANumberChanged_IsRefused(int number, int atLeast)
    {
        PublishedMessage published = PublishedMessage.Of(number);
        byte[] message = Convert.FromBase64String(published.Message);
        int iv = message.AsSpan().IndexOf(Convert.FromHexString("FFFFFFFF00000001FFFFFFFF")) + 8;
        Assert.InRange(iv, atLeast, message.Length);
        for (int i = iv; i < iv + 12; i++)
        {
            byte[] changed = [.. message];
            changed[i] ^= 1;
            EnvelopeException error = Assert.Throws<EnvelopeException>(
                () => Read(published with { Message = Convert.ToBase64String(changed) }, Stream.Null));
            Assert.Equal("Frame 1 of the message is not authentic.", error.Message);
        }
    }

    [Fact]
    public void ReadHeader_OfAPublishedMessage_GetsItsFields()
    {
        (MessageHeader header, _, _) = Read(PublishedMessage.Of(3), Stream.Null);
        Assert.Same(AlgorithmSuite.Signed, header.Suite);
        Assert.Equal(4096, header.FrameLength);
        Assert.Equal("vjf7DnZHP0MgQ4/QHZH1Z/1Lt24oyMR0DigenSpro9w=", Convert.ToBase64String(header.MessageId.AsSpan()));
        Assert.Equal("Bc0DWynVSZ1Fh1cLh1Aq/mNPeyzD3yqpiKEBBUosdoc=", Convert.ToBase64String(header.Commitment.AsSpan()));
        Assert.Equal(
            ["0This=is", "1an=encryption", "2context=example", "aws-crypto-public-key=Atg3rp8EA4Qa6pfi971IS5974zN2yYXNoJkpDqOsGHbEZT4j0NN2QdE+fm1UcMVu8g=="],
            header.EncryptionContext.Select(static pair => $"{pair.Key}={pair.Value}"));
        Assert.Equal(["0This", "1an", "2context"], header.UserContext.Keys);
        Assert.Equal(["arn:aws:kms:us-west-2:658956600833:key/b3537ef1-d8dc-4780-9f5a-55776cbb2f7f"], header.KeyArns);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(34)]
    [InlineData(40)]
    public void WriteHeader_OfAPublishedMessage_IsAsItWas(int number)
    {
        (MessageHeader header, _, _) = Read(PublishedMessage.Of(number), Stream.Null);
        byte[] serialized = header.Serialize();
        Assert.Equal(Convert.FromBase64String(PublishedMessage.Of(number).Message)[..serialized.Length], serialized);
    }

    [Theory]
    [InlineData(0x0478, "+p6+whPVw9kOrYLZFMRBJ2n6Vli6T/7TkjDouS+25s0=", "TfvRMU2dVZJbgXIyxeNtbj5eIw8BiTDiwsHyQ/Z9wXk=", "V67301yMJtk0jxOc3QJeBac6uKxO3XylWtkKTYmUU+M=", "F88I9zPbUQSfOlzLXv+uIY2+m/E6j2PMsbgeHVH/L0w=")]
    [InlineData(0x0578, "FX5R4LJUJ1XkzcV5GGRS9MSdtc+2kzyvEsVFiETwdi4=", "vjf7DnZHP0MgQ4/QHZH1Z/1Lt24oyMR0DigenSpro9w=", "YqelE6F+cSyDvu7BTR8ZnPQzZ+7NumfwuwdOzaRb44g=", "Bc0DWynVSZ1Fh1cLh1Aq/mNPeyzD3yqpiKEBBUosdoc=")]
    public void Derive_ContentKeyAndCommitment_AreAsPublished(int suite, string dataKey, string messageId, string contentKey, string commitment)
    {
        using Secret secret = Secret.CopyOf(Convert.FromBase64String(dataKey));
        using MessageKeys keys = MessageKeys.Derive(secret, AlgorithmSuite.Find((ushort)suite)!, Convert.FromBase64String(messageId));
        Assert.Equal(contentKey, keys.ContentKey.Use(static bytes => Convert.ToBase64String(bytes)));
        Assert.Equal(commitment, Convert.ToBase64String(keys.Commitment.AsSpan()));
    }

    private static (MessageHeader Header, long Read, long Written) Read(PublishedMessage published, Stream output) => MessageReader.Read(
        new MemoryStream(Convert.FromBase64String(published.Message)),
        output,
        100,
        _ => Secret.CopyOf(Convert.FromBase64String(published.DataKey)),
        null,
        default);
}
