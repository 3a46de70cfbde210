using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KmsTools.Cryptography;

/// <summary>
/// The canonical form of an encryption context: pairs in the ordinal order of their keys' UTF-8 bytes, each key and value preceded by
/// its length (4 bytes, big-endian). Order does not matter, case does, and no two contexts share a form. None equals an empty one.
/// </summary>
internal static class EncryptionContext
{
    /// <summary>Maximum total length of keys and values, in bytes of UTF-8.</summary>
    public const int MaxSize = 8192;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Refuses a context that is too long, lacks a value, or is not text with a unique UTF-8 encoding.</summary>
    /// <param name="context">The context.</param>
    /// <param name="member">Its name in messages.</param>
    /// <exception cref="KmsException">ValidationException.</exception>
    public static void Require(IReadOnlyDictionary<string, string>? context, string member = "encryptionContext")
    {
        if (context is null)
        {
            return;
        }

        int size = 0;
        foreach ((string key, string? value) in context)
        {
            if (value is null)
            {
                throw KmsErrors.Validation(
                    $"1 validation error detected: Value null at '{member}.{key}.member' failed to satisfy constraint: Member must not be "
                        + "null");
            }

            try
            {
                size += StrictUtf8.GetByteCount(key) + StrictUtf8.GetByteCount(value);
            }
            catch (EncoderFallbackException)
            {
                throw KmsErrors.Validation("The encryption context has text that is not valid Unicode.");
            }
        }

        if (size > MaxSize)
        {
            throw KmsErrors.Validation($"The encryption context has {size} bytes; at most {MaxSize} are allowed.");
        }
    }

    /// <summary>Appends the canonical form to a header that is authenticated with a ciphertext.</summary>
    /// <returns>Both; the header itself if there is no context.</returns>
    public static byte[] Append(byte[] header, IReadOnlyDictionary<string, string>? context)
    {
        if (context is null || context.Count == 0)
        {
            return header;
        }

        (byte[] Key, byte[] Value)[] pairs = [.. context.Select(
            static pair => (StrictUtf8.GetBytes(pair.Key), StrictUtf8.GetBytes(pair.Value)))];
        int size = pairs.Sum(static pair => pair.Key.Length + pair.Value.Length);
        Array.Sort(pairs, static (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        ArrayBufferWriter<byte> output = new(header.Length + size + (pairs.Length * 8));
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
