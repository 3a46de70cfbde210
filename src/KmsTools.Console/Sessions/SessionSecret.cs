using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace KmsTools.WebConsole.Sessions;

/// <summary>Random values that nobody can guess, and what is kept of them: their digests.</summary>
internal static class SessionSecret
{
    private const int Size = 32;

    /// <summary>A new one: 256 bits in the alphabet of URLs.</summary>
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Size));

    /// <summary>What is kept of it: SHA-256 in hexadecimal digits.</summary>
    public static string DigestOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
