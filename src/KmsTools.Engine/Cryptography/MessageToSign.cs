using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>The input of Sign and Verify.</summary>
/// <param name="Algorithm">The algorithm.</param>
/// <param name="Input">The digest, or what the algorithm accepts instead of one.</param>
/// <param name="IsExternalMu">Whether the input is the message representative of ML-DSA.</param>
internal readonly record struct MessageToSign(SigningAlgorithmSpec Algorithm, byte[] Input, bool IsExternalMu = false)
{
    /// <summary>The hash of the algorithm, if it signs a hash.</summary>
    public HashAlgorithmName Hash => HashOf(Algorithm)!.Value;

    /// <summary>A message, which is hashed if the algorithm signs a hash.</summary>
    public static MessageToSign Hashed(SigningAlgorithmSpec algorithm, byte[] message) =>
        new(algorithm, CryptographicOperations.HashData(HashOf(algorithm)!.Value, message));

    /// <summary>The hash that an algorithm signs; null for Ed25519 and ML-DSA, which do their own hashing.</summary>
    public static HashAlgorithmName? HashOf(SigningAlgorithmSpec algorithm) => algorithm switch
    {
        SigningAlgorithmSpec.ECDSA_SHA_256 or SigningAlgorithmSpec.RSASSA_PSS_SHA_256 or SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_256 =>
            HashAlgorithmName.SHA256,
        SigningAlgorithmSpec.ECDSA_SHA_384 or SigningAlgorithmSpec.RSASSA_PSS_SHA_384 or SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_384 =>
            HashAlgorithmName.SHA384,
        SigningAlgorithmSpec.ECDSA_SHA_512 or SigningAlgorithmSpec.RSASSA_PSS_SHA_512 or SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_512
            or SigningAlgorithmSpec.ED25519_PH_SHA_512 => HashAlgorithmName.SHA512,
        SigningAlgorithmSpec.ED25519_SHA_512 or SigningAlgorithmSpec.ML_DSA_SHAKE_256 => null,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, null),
    };
}
