using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>
/// SHA-224 (FIPS 180-4) and HMAC over it (RFC 2104). .NET has neither, and SHA-224 cannot be built on its SHA-256, whose initial value
/// is fixed. For HMAC_224 keys only.
/// </summary>
internal static class Sha224
{
    /// <summary>Length of a hash in bytes.</summary>
    public const int HashSize = 28;

    private const int BlockSize = 64;

    // FIPS 180-4, section 4.2.2.
    private static ReadOnlySpan<uint> K =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    // FIPS 180-4, section 5.3.2.
    private static ReadOnlySpan<uint> InitialValue =>
    [
        0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4,
    ];

    /// <summary>Hashes.</summary>
    public static byte[] HashData(ReadOnlySpan<byte> data) => HashData([], data);

    /// <summary>The HMAC of a message.</summary>
    public static byte[] Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        Span<byte> inner = stackalloc byte[BlockSize];
        Span<byte> outer = stackalloc byte[BlockSize];
        try
        {
            if (key.Length > BlockSize)
            {
                HashData(key).CopyTo(inner);
            }
            else
            {
                key.CopyTo(inner);
            }

            for (int i = 0; i < BlockSize; i++)
            {
                outer[i] = (byte)(inner[i] ^ 0x5c);
                inner[i] ^= 0x36;
            }

            return HashData(outer, HashData(inner, message));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(inner);
            CryptographicOperations.ZeroMemory(outer);
        }
    }

    /// <summary>Hashes whole blocks and the data that follows them.</summary>
    private static byte[] HashData(ReadOnlySpan<byte> blocks, ReadOnlySpan<byte> data)
    {
        Span<uint> state = stackalloc uint[8];
        InitialValue.CopyTo(state);
        long bits = 8L * (blocks.Length + data.Length);
        for (; blocks.Length > 0; blocks = blocks[BlockSize..])
        {
            Compress(state, blocks);
        }

        for (; data.Length >= BlockSize; data = data[BlockSize..])
        {
            Compress(state, data);
        }

        // Padding: a one bit, zeroes, and the length in bits at the end of a block.
        Span<byte> last = stackalloc byte[2 * BlockSize];
        last.Clear();
        data.CopyTo(last);
        last[data.Length] = 0x80;
        last = last[..(data.Length + 9 <= BlockSize ? BlockSize : 2 * BlockSize)];
        BinaryPrimitives.WriteInt64BigEndian(last[^8..], bits);
        for (ReadOnlySpan<byte> rest = last; rest.Length > 0; rest = rest[BlockSize..])
        {
            Compress(state, rest);
        }

        byte[] hash = new byte[HashSize];
        for (int i = 0; i < HashSize / 4; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(4 * i), state[i]);
        }

        return hash;
    }

    // FIPS 180-4, section 6.2.2: additions are modulo 2^32.
    private static void Compress(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> w = stackalloc uint[64];
        unchecked
        {
            for (int t = 0; t < 16; t++)
            {
                w[t] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * t)..]);
            }

            for (int t = 16; t < 64; t++)
            {
                uint s0 = BitOperations.RotateRight(w[t - 15], 7) ^ BitOperations.RotateRight(w[t - 15], 18) ^ (w[t - 15] >> 3);
                uint s1 = BitOperations.RotateRight(w[t - 2], 17) ^ BitOperations.RotateRight(w[t - 2], 19) ^ (w[t - 2] >> 10);
                w[t] = s1 + w[t - 7] + s0 + w[t - 16];
            }

            (uint a, uint b, uint c, uint d) = (state[0], state[1], state[2], state[3]);
            (uint e, uint f, uint g, uint h) = (state[4], state[5], state[6], state[7]);
            for (int t = 0; t < 64; t++)
            {
                uint s1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
                uint t1 = h + s1 + ((e & f) ^ (~e & g)) + K[t] + w[t];
                uint s0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
                uint t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
                (h, g, f, e, d, c, b, a) = (g, f, e, d + t1, c, b, a, t1 + t2);
            }

            state[0] += a;
            state[1] += b;
            state[2] += c;
            state[3] += d;
            state[4] += e;
            state[5] += f;
            state[6] += g;
            state[7] += h;
        }

        // The schedule begins with the block, which may be a key.
        w.Clear();
    }
}
