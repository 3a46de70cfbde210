using KmsTools.Cryptography;

namespace KmsTools.Auditing;

/// <summary>The IDs of requests and events.</summary>
public static class CallId
{
    private const int Size = 16;

    /// <summary>A new ID.</summary>
    /// <returns>A random UUID (RFC 9562, version 4) with hyphens, in lower case.</returns>
    public static string New()
    {
        // Guid.NewGuid asks the kernel for each: a system call or two for every call of the API.
        Span<byte> bytes = stackalloc byte[Size];
        PublicRandom.Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }
}
