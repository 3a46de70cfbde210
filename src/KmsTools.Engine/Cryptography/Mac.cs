using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>Message authentication codes: HMAC (RFC 2104), never truncated.</summary>
internal static class Mac
{
    /// <summary>Computes a code.</summary>
    public static byte[] Compute(MacAlgorithmSpec algorithm, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message) => algorithm switch
    {
        MacAlgorithmSpec.HMAC_SHA_224 => Sha224.Hmac(key, message),
        MacAlgorithmSpec.HMAC_SHA_256 => HMACSHA256.HashData(key, message),
        MacAlgorithmSpec.HMAC_SHA_384 => HMACSHA384.HashData(key, message),
        MacAlgorithmSpec.HMAC_SHA_512 => HMACSHA512.HashData(key, message),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, null),
    };
}
