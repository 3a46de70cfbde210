using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.Operations;

/// <summary>The rules for the message of Sign and Verify.</summary>
internal static class MessageRules
{
    private const int MuSize = 64;

    /// <summary>Refuses an algorithm that the key does not support, and a message that cannot be signed with it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="signingAlgorithm">The algorithm of the request.</param>
    /// <param name="message">The message.</param>
    /// <param name="messageType">What the message is; RAW when absent.</param>
    /// <exception cref="KmsException">
    /// InvalidKeyUsageException: the key does not support the algorithm. ValidationException: the algorithm does not accept such a message,
    /// or the length is wrong. UnsupportedOperationException: the platform cannot sign it.
    /// </exception>
    public static void Require(Key key, string signingAlgorithm, byte[] message, string? messageType)
    {
        SigningAlgorithmSpec algorithm = key.RequireSigningAlgorithm(signingAlgorithm);
        MessageType type = TypeOf(messageType);
        switch (type, algorithm)
        {
            case (MessageType.RAW, not SigningAlgorithmSpec.ED25519_PH_SHA_512):
                break;
            case (MessageType.DIGEST, not (SigningAlgorithmSpec.ED25519_SHA_512 or SigningAlgorithmSpec.ML_DSA_SHAKE_256)):
                RequireDigest(algorithm, message);
                break;
            case (MessageType.EXTERNAL_MU, SigningAlgorithmSpec.ML_DSA_SHAKE_256):
                RequireMu(algorithm, message);
                break;
            case (_, SigningAlgorithmSpec.ML_DSA_SHAKE_256):
                throw KmsErrors.Validation($"Message type {type} is incompatible with key spec {key.KeySpec}.");
            default:
                throw KmsErrors.Validation($"Message type {type} is incompatible with algorithm {algorithm}.");
        }
    }

    /// <summary>Reads the message of a request that is not refused, hashing it where KMS has to.</summary>
    /// <param name="algorithm">The algorithm of the request.</param>
    /// <param name="message">The message.</param>
    /// <param name="messageType">What the message is; RAW when absent.</param>
    public static MessageToSign Read(SigningAlgorithmSpec algorithm, byte[] message, string? messageType) =>
        (TypeOf(messageType), algorithm) switch
        {
            (MessageType.EXTERNAL_MU, _) => new MessageToSign(algorithm, message, IsExternalMu: true),
            (_, SigningAlgorithmSpec.ML_DSA_SHAKE_256 or SigningAlgorithmSpec.ED25519_SHA_512) => new MessageToSign(algorithm, message),

            // AWS hashes the digest once more (MessageType of Sign in the AWS KMS API): it signs the digest, as a message, with Ed25519ph.
            (MessageType.DIGEST, not SigningAlgorithmSpec.ED25519_PH_SHA_512) => new MessageToSign(algorithm, message),
            _ => MessageToSign.Hashed(algorithm, message),
        };

    private static MessageType TypeOf(string? messageType) =>
        messageType is null ? MessageType.RAW : Enum.Parse<MessageType>(messageType);

    private static void RequireDigest(SigningAlgorithmSpec algorithm, byte[] digest)
    {
        if (digest.Length != DigestSize(MessageToSign.HashOf(algorithm)!.Value))
        {
            throw KmsErrors.Validation($"Digest is invalid length for algorithm {algorithm}.");
        }
    }

    private static void RequireMu(SigningAlgorithmSpec algorithm, byte[] mu)
    {
        if (mu.Length != MuSize)
        {
            throw KmsErrors.Validation($"External mu is invalid length for algorithm {algorithm}: {MuSize} bytes are needed.");
        }

        if (!MLDsa.IsSupported)
        {
            throw KmsErrors.Unsupported(
                "Message type EXTERNAL_MU is not offered here: the cryptography of this platform has no ML-DSA. Linux with OpenSSL 3.5 or "
                    + "later and current Windows have it; everywhere else messages of up to 4096 bytes are signed with message type RAW.");
        }
    }

    private static int DigestSize(HashAlgorithmName hash) =>
        hash == HashAlgorithmName.SHA256 ? SHA256.HashSizeInBytes
        : hash == HashAlgorithmName.SHA384 ? SHA384.HashSizeInBytes
        : SHA512.HashSizeInBytes;
}
