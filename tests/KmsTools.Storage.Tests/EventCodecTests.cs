using System.Text;
using KmsTools.Auditing;
using KmsTools.Storage.Segments;

namespace KmsTools.Storage.Tests;

public sealed class EventCodecTests
{
    private const string NotGiven = "(none)";

    // The length of a string takes a second byte from 127 bytes on, and a third from 16,383.
    public static TheoryData<int> Lengths => [0, 1, 126, 127, 128, 16_382, 16_383, 70_000];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Read_StringsOfAnyLength_ComeBack(int length)
    {
        string text = new('x', length);
        DateTimeOffset time = DateTimeOffset.FromUnixTimeMilliseconds(1234);
        AuditRecord record = new("é" + text, time, text, text, text, null, text, true, new byte[] { 1, 2 });
        byte[] frame = EventCodec.Encode(record, 77);
        AuditRecord read = EventCodec.Read(Frame.Body((ReadOnlySpan<byte>)frame));
        Assert.Equal(record with { Json = read.Json }, read);
        Assert.Equal([1, 2], read.Json.ToArray());
    }

    [Fact]
    public void ReadEntry_AllThatTheIndexNeeds()
    {
        DateTimeOffset time = DateTimeOffset.FromUnixTimeMilliseconds(-5);
        byte[] frame = EventCodec.Encode(
            new AuditRecord("id", time, "Encrypt", "eu-west-3", null, "key-2", null, true, "{}"u8.ToArray()), 77);
        EventCodec.SetCommit(Frame.Body(frame.AsSpan()), 9);
        Assert.Equal(
            new EventEntry(3, 100, -5, 77, 9, true, "Encrypt", "eu-west-3", null, "key-2"),
            EventCodec.ReadEntry(Frame.Body((ReadOnlySpan<byte>)frame), 3, 100));
    }

    // The layout of version 1 of the format, byte by byte.
    [Fact]
    public void Encode_Layout()
    {
        AuditRecord record = new("i", DateTimeOffset.FromUnixTimeMilliseconds(0x0102), "n", "r", "k", null, "e", true, "{}"u8.ToArray());
        byte[] frame = EventCodec.Encode(record, 0x0304);
        Assert.Equal(
            "26000000" + "0403000000000000" + "0201000000000000" + "0000000000000000" + "01" + "0272" + "026E" + "0269" + "026B"
                + "00" + "0265" + "7B7D" + new string('0', 64),
            Convert.ToHexString(frame));
    }

    [Theory]
    [InlineData("""{"requestID":"a"}""", "a")]
    [InlineData("""{"requestParameters":{"encryptionContext":{"requestID":"b"}},"requestID":"a"}""", "a")]
    [InlineData("""{"x":[{"requestID":"b"}]}""", NotGiven)]
    [InlineData("""{"requestID":null}""", NotGiven)]
    [InlineData("{}", NotGiven)]
    [InlineData("", NotGiven)]
    [InlineData("{\"a\":1", NotGiven)]
    public void ReadRequestId_OnlyThatOfTheRequest(string json, string expected)
    {
        AuditRecord record = new("i", default, "n", "r", null, null, null, true, Encoding.UTF8.GetBytes(json));
        Assert.Equal(expected, EventCodec.ReadRequestId(record) ?? NotGiven);
    }
}
