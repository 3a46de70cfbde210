using System.Buffers.Binary;
using Google.Protobuf;

namespace KmsTools.Endpoint;

/// <summary>The fields of a message of protobuf by their numbers, without its schema.</summary>
internal sealed class ProtobufMessage
{
    private readonly List<(int Field, object Value)> _fields = [];

    public ProtobufMessage(ByteString content)
    {
        using CodedInputStream input = content.CreateCodedInput();
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            _fields.Add((WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => input.ReadUInt64(),
                WireFormat.WireType.Fixed64 => input.ReadFixed64(),
                WireFormat.WireType.Fixed32 => input.ReadFixed32(),
                WireFormat.WireType.LengthDelimited => input.ReadBytes(),
                var other => throw new InvalidDataException($"{other} is no type of these messages."),
            }));
        }
    }

    public IEnumerable<ProtobufMessage> Messages(int field) => Values(field).Select(static value => new ProtobufMessage((ByteString)value));

    public ProtobufMessage? Message(int field) => Messages(field).SingleOrDefault();

    public string Text(int field) => ((ByteString)Values(field).Single()).ToStringUtf8();

    public ulong Number(int field) => (ulong)Values(field).Single();

    public double Double(int field) => BitConverter.UInt64BitsToDouble(Number(field));

    /// <summary>Packed numbers of 64 bits.</summary>
    public ulong[] Numbers(int field)
    {
        byte[] packed = ((ByteString)Values(field).Single()).ToByteArray();
        return [.. packed.Chunk(sizeof(ulong)).Select(static one => BinaryPrimitives.ReadUInt64LittleEndian(one))];
    }

    public double[] Doubles(int field) => [.. Numbers(field).Select(BitConverter.UInt64BitsToDouble)];

    private IEnumerable<object> Values(int field) => _fields.Where(one => one.Field == field).Select(static one => one.Value);
}
