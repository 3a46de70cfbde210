using System.Buffers.Binary;
using System.Text;

namespace KmsTools.Pkcs11.TokenFolders;

/// <summary>
/// An object of SoftHSM 2 as its file store keeps it: a generation, then attributes. All numbers are 64 bits, big endian. An attribute is
/// its type, its kind, and its value: a boolean (1) has one byte, a number (2) eight, bytes (3) and attributes (4) follow their length in
/// bytes, mechanisms (5) follow their count.
/// </summary>
internal sealed class SoftHsmObjectFile
{
    private const int NumberSize = 8;
    private const int LabelSize = 32;

    private const ulong TokenLabel = 0x80005349;
    private const ulong TokenSerial = 0x8000534A;

    private readonly List<(ulong Type, Kind Kind, ReadOnlyMemory<byte> Value)> _attributes;

    private SoftHsmObjectFile(ulong generation, List<(ulong, Kind, ReadOnlyMemory<byte>)> attributes)
    {
        Generation = generation;
        _attributes = attributes;
    }

    private enum Kind : ulong
    {
        Boolean = 1,
        Number = 2,
        Bytes = 3,
        Attributes = 4,
        Mechanisms = 5,
    }

    /// <summary>Grows with every change, so that processes which know the object read it again.</summary>
    public ulong Generation { get; set; }

    /// <summary>The label of a token, without padding; null where there is none.</summary>
    public string? Label => Text(TokenLabel);

    /// <summary>The serial number of a token; null where there is none.</summary>
    public string? SerialNumber => Text(TokenSerial);

    /// <summary>Whether it is an AES key.</summary>
    public bool IsAesKey => Number((ulong)CKA_CLASS) == (ulong)CKO_SECRET_KEY && Number((ulong)CKA_KEY_TYPE) == (ulong)CKK_AES;

    /// <summary>Reads a file.</summary>
    /// <returns>Null for what is not a complete object; a process that died while writing leaves such files.</returns>
    public static SoftHsmObjectFile? Parse(ReadOnlyMemory<byte> file)
    {
        ReadOnlyMemory<byte> rest = file;
        if (!TryNumber(ref rest, out ulong generation))
        {
            return null;
        }

        List<(ulong, Kind, ReadOnlyMemory<byte>)> attributes = [];
        while (!rest.IsEmpty)
        {
            if (!TryNumber(ref rest, out ulong type) || !TryNumber(ref rest, out ulong kind)
                || ValueLength((Kind)kind, rest.Span) is not { } length)
            {
                return null;
            }

            attributes.Add((type, (Kind)kind, rest[..length]));
            rest = rest[length..];
        }

        return new SoftHsmObjectFile(generation, attributes);
    }

    /// <summary>Gives a token another label and serial number.</summary>
    /// <param name="label">At most 32 bytes of UTF-8.</param>
    /// <param name="serialNumber">ASCII.</param>
    /// <exception cref="InvalidDataException">It is not a token.</exception>
    public void Name(string label, string serialNumber)
    {
        byte[] padded = new byte[LabelSize];
        Array.Fill(padded, (byte)' ');
        Encoding.UTF8.GetBytes(label, padded);
        Set(TokenLabel, padded);
        Set(TokenSerial, Encoding.ASCII.GetBytes(serialNumber));
    }

    /// <summary>The file.</summary>
    public byte[] ToArray()
    {
        byte[] file = new byte[NumberSize + _attributes.Sum(static attribute => (2 * NumberSize) + attribute.Value.Length)];
        Span<byte> rest = file;
        Write(ref rest, Generation);
        foreach ((ulong type, Kind kind, ReadOnlyMemory<byte> value) in _attributes)
        {
            Write(ref rest, type);
            Write(ref rest, (ulong)kind);
            value.Span.CopyTo(rest);
            rest = rest[value.Length..];
        }

        return file;
    }

    private static int? ValueLength(Kind kind, ReadOnlySpan<byte> rest)
    {
        ulong length = kind switch
        {
            Kind.Boolean => 1,
            Kind.Number => NumberSize,
            Kind.Bytes or Kind.Attributes when rest.Length >= NumberSize => Add(BinaryPrimitives.ReadUInt64BigEndian(rest), 1),
            Kind.Mechanisms when rest.Length >= NumberSize => Add(BinaryPrimitives.ReadUInt64BigEndian(rest), NumberSize),
            _ => ulong.MaxValue,
        };
        return length <= (ulong)rest.Length ? (int)length : null;

        // A count that is too large for any file stays too large.
        static ulong Add(ulong count, ulong size) => count > int.MaxValue ? ulong.MaxValue : NumberSize + (count * size);
    }

    private static bool TryNumber(ref ReadOnlyMemory<byte> rest, out ulong number)
    {
        if (rest.Length < NumberSize)
        {
            number = 0;
            return false;
        }

        number = BinaryPrimitives.ReadUInt64BigEndian(rest.Span);
        rest = rest[NumberSize..];
        return true;
    }

    private static void Write(ref Span<byte> rest, ulong number)
    {
        BinaryPrimitives.WriteUInt64BigEndian(rest, number);
        rest = rest[NumberSize..];
    }

    private ulong? Number(ulong type) => Find(type, Kind.Number) is { } value ? BinaryPrimitives.ReadUInt64BigEndian(value.Span) : null;

    private string? Text(ulong type) =>
        Find(type, Kind.Bytes) is { } value ? Encoding.UTF8.GetString(value.Span[NumberSize..]).TrimEnd(' ', '\0') : null;

    private ReadOnlyMemory<byte>? Find(ulong type, Kind kind)
    {
        foreach ((ulong Type, Kind Kind, ReadOnlyMemory<byte> Value) attribute in _attributes)
        {
            if (attribute.Type == type && attribute.Kind == kind)
            {
                return attribute.Value;
            }
        }

        return null;
    }

    private void Set(ulong type, ReadOnlySpan<byte> bytes)
    {
        int index = _attributes.FindIndex(attribute => attribute.Type == type && attribute.Kind == Kind.Bytes);
        if (index < 0)
        {
            throw new InvalidDataException("The object is not a token.");
        }

        byte[] value = new byte[NumberSize + bytes.Length];
        BinaryPrimitives.WriteUInt64BigEndian(value, (ulong)bytes.Length);
        bytes.CopyTo(value.AsSpan(NumberSize));
        _attributes[index] = (type, Kind.Bytes, value);
    }
}
