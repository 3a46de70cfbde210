using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KmsTools.Cryptography;

/// <summary>
/// The canonical form of an encryption context: pairs in the ordinal order of their keys' UTF-8 bytes, each key and value preceded by
/// its length (4 bytes, big-endian). Order does not matter, case does, and no two contexts share a form. Absent equals empty.
/// </summary>
internal static class EncryptionContext
{
    /// <summary>Greatest length of keys and values together, in bytes of UTF-8.</summary>
    public const int MaxSize = 8192;

    /// <summary>Appends the canonical form to a header that is authenticated with a ciphertext.</summary>
    /// <exception cref="KmsException">ValidationException: the context is too long.</exception>
    public static byte[] Append(ReadOnlySpan<byte> header, IReadOnlyDictionary<string, string>? context)
    {
        if (context is null || context.Count == 0)
        {
            return header.ToArray();
        }

        (byte[] Key, byte[] Value)[] pairs = [.. context.Select(static pair => (Encoding.UTF8.GetBytes(pair.Key), Encoding.UTF8.GetBytes(pair.Value)))];
        int size = pairs.Sum(static pair => pair.Key.Length + pair.Value.Length);
        if (size > MaxSize)
        {
            throw KmsErrors.Validation($"The encryption context has {size} bytes; at most {MaxSize} are allowed.");
        }

        Array.Sort(pairs, static (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        var output = new ArrayBufferWriter<byte>(header.Length + size + (pairs.Length * 8));
        output.Write(header);
        foreach ((byte[] key, byte[] value) in pairs)
        {
            Write(output, key);
            Write(output, value);
        }

        return output.WrittenSpan.ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> output, byte[] text)
    {
        BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), text.Length);
        output.Advance(4);
        output.Write(text);
    }
}
