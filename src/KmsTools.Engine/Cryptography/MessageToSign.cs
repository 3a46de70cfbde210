using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>What Sign and Verify work on.</summary>
/// <param name="Algorithm">The algorithm.</param>
/// <param name="Input">The digest, or what the algorithm takes instead of one.</param>
/// <param name="IsExternalMu">Whether the input is the message representative of ML-DSA.</param>
internal readonly record struct MessageToSign(SigningAlgorithmSpec Algorithm, byte[] Input, bool IsExternalMu = false)
{
    private const int MuSize = 64;

    /// <summary>The hash of the algorithm, where it signs a hash.</summary>
    public HashAlgorithmName Hash => HashOf(Algorithm)!.Value;

    /// <summary>Reads the message of a request, hashing it where that is left to KMS.</summary>
    /// <param name="algorithm">The algorithm of the request.</param>
    /// <param name="message">The message.</param>
    /// <param name="messageType">What the message is; RAW when absent.</param>
    /// <exception cref="KmsException">ValidationException: the algorithm does not take such a message, or the length is wrong.</exception>
    public static MessageToSign Of(SigningAlgorithmSpec algorithm, byte[] message, string? messageType)
    {
        MessageType type = messageType is null ? MessageType.RAW : Enum.Parse<MessageType>(messageType);
        return (type, HashOf(algorithm)) switch
        {
            (MessageType.RAW, { } hash) => new MessageToSign(algorithm, CryptographicOperations.HashData(hash, message)),
            (MessageType.RAW, null) => new MessageToSign(algorithm, message),
            (MessageType.DIGEST, { } hash) => message.Length == DigestSize(hash)
                ? new MessageToSign(algorithm, message)
                : throw KmsErrors.Validation($"Digest is invalid length for algorithm {algorithm}."),
            (MessageType.EXTERNAL_MU, null) => message.Length == MuSize
                ? new MessageToSign(algorithm, message, IsExternalMu: true)
                : throw KmsErrors.Validation($"External mu is invalid length for algorithm {algorithm}: {MuSize} bytes are needed."),
            _ => throw KmsErrors.Validation($"MessageType {type} is not compatible with algorithm {algorithm}."),
        };
    }

    // ML-DSA hashes by itself.
    private static HashAlgorithmName? HashOf(SigningAlgorithmSpec algorithm) => algorithm switch
    {
        SigningAlgorithmSpec.ECDSA_SHA_256 or SigningAlgorithmSpec.RSASSA_PSS_SHA_256 or SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_256 => HashAlgorithmName.SHA256,
        SigningAlgorithmSpec.ECDSA_SHA_384 or SigningAlgorithmSpec.RSASSA_PSS_SHA_384 or SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_384 => HashAlgorithmName.SHA384,
        SigningAlgorithmSpec.ECDSA_SHA_512 or SigningAlgorithmSpec.RSASSA_PSS_SHA_512 or SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_512 => HashAlgorithmName.SHA512,
        SigningAlgorithmSpec.ML_DSA_SHAKE_256 => null,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, null),
    };

    private static int DigestSize(HashAlgorithmName hash) =>
        hash == HashAlgorithmName.SHA256 ? SHA256.HashSizeInBytes
        : hash == HashAlgorithmName.SHA384 ? SHA384.HashSizeInBytes
        : SHA512.HashSizeInBytes;
}
