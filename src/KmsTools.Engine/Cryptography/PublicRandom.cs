using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>
/// Random bytes that are not secret, such as nonces and IDs. Each thread asks the generator for many at a time, because to ask costs more
/// than a few bytes. No byte is given out twice.
/// </summary>
internal static class PublicRandom
{
    private const int Size = 1024;

    [ThreadStatic]
    private static byte[]? t_bytes;

    // Behind the last byte until the generator has filled them, also where it fails.
    [ThreadStatic]
    private static int t_used;

    /// <summary>Fills a few bytes.</summary>
    /// <param name="bytes">At most 1,024.</param>
    public static void Fill(Span<byte> bytes)
    {
        byte[] random = t_bytes ??= new byte[Size];
        if (t_used == 0 || t_used + bytes.Length > Size)
        {
            t_used = Size;
            RandomNumberGenerator.Fill(random);
            t_used = 0;
        }

        random.AsSpan(t_used, bytes.Length).CopyTo(bytes);
        t_used += bytes.Length;
    }
}
