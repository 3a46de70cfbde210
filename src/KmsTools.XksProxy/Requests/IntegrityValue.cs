using System.Security.Cryptography;

namespace KmsTools.XksProxy.Requests;

/// <summary>
/// The value by which KMS sees that a ciphertext arrived as it was made: SHA-256 of additional data, metadata, IV, ciphertext and tag, one
/// after the other. Source: XKS proxy API 1.0.3, ciphertextDataIntegrityValue.
/// </summary>
internal static class IntegrityValue
{
    /// <summary>Computes the 32 bytes.</summary>
    /// <param name="additionalData">The additional data as KMS sent it.</param>
    /// <param name="metadata">The metadata.</param>
    /// <param name="message">IV, ciphertext and tag.</param>
    /// <param name="value">Receives the value.</param>
    public static void Compute(
        ReadOnlySpan<byte> additionalData, ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> message, Span<byte> value)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(additionalData);
        hash.AppendData(metadata);
        hash.AppendData(message);
        _ = hash.GetHashAndReset(value);
    }
}
