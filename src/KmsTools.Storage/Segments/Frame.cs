using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KmsTools.Storage.Segments;

/// <summary>
/// The form of the records of segments and of the catalogue: the length of the body (4 bytes, little-endian), the body, and the SHA-256 hash
/// of the hash before, the length and the body. Records follow one another, so that what is hashed is one run of bytes of the file.
/// </summary>
internal static class Frame
{
    public const int HashSize = SHA256.HashSizeInBytes;
    public const int LengthSize = sizeof(uint);
    public const int Overhead = LengthSize + HashSize;

    /// <summary>The maximum size of a body in bytes: several times what the largest request leaves in an event.</summary>
    public const int MaxBodySize = 64 << 20;

    /// <summary>A record whose hash is still missing.</summary>
    public static byte[] Create(int bodySize)
    {
        byte[] frame = new byte[bodySize + Overhead];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)bodySize);
        return frame;
    }

    /// <summary>The body of a whole record.</summary>
    public static Span<byte> Body(Span<byte> frame) => frame[LengthSize..^HashSize];

    /// <inheritdoc cref="Body(Span{byte})"/>
    public static ReadOnlySpan<byte> Body(ReadOnlySpan<byte> frame) => frame[LengthSize..^HashSize];

    /// <summary>The size of the record that begins here: 0 if there are too few bytes to tell, -1 if no record begins like this.</summary>
    public static int Measure(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < LengthSize)
        {
            return 0;
        }

        uint body = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return body is 0 or > MaxBodySize ? -1 : (int)body + Overhead;
    }

    /// <summary>Whether a record continues the chain.</summary>
    /// <param name="run">The hash before, and the record.</param>
    public static bool IsChained(ReadOnlySpan<byte> run)
    {
        Span<byte> hash = stackalloc byte[HashSize];
        SHA256.HashData(run[..^HashSize], hash);
        return hash.SequenceEqual(run[^HashSize..]);
    }

    /// <summary>The records of a run of whole ones.</summary>
    public static IEnumerable<byte[]> Split(byte[] records)
    {
        for (int at = 0, size; at < records.Length; at += size)
        {
            size = Measure(records.AsSpan(at));
            yield return records[at..(at + size)];
        }
    }

    /// <summary>Chains records, whose hashes are written.</summary>
    /// <param name="run">The hash before the first, and the records.</param>
    /// <returns>Their number.</returns>
    public static int Chain(Span<byte> run)
    {
        int count = 0;
        for (int before = 0; before + HashSize < run.Length; count++)
        {
            int body = (int)BinaryPrimitives.ReadUInt32LittleEndian(run[(before + HashSize)..]);
            int hash = before + HashSize + LengthSize + body;
            SHA256.HashData(run[before..hash], run.Slice(hash, HashSize));
            before = hash;
        }

        return count;
    }
}
