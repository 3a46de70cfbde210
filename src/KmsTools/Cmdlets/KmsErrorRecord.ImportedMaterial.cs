using System.Management.Automation;
using System.Security.Cryptography;

namespace KmsTools.Commands;

/// <content>Key material that cannot be wrapped.</content>
internal static partial class KmsErrorRecord
{
    /// <summary>The record for key material that is too long for RSAES-OAEP.</summary>
    /// <param name="algorithm">The wrapping algorithm.</param>
    /// <param name="material">The key material.</param>
    /// <param name="max">The longest that it wraps.</param>
    /// <param name="target">The key.</param>
    public static ErrorRecord MaterialTooLong(AlgorithmSpec algorithm, ReadOnlySpan<byte> material, int max, object? target)
    {
        string message = $"The key material has {material.Length} bytes: {algorithm} wraps at most {max} with this public key.";
        string advice = material.StartsWith("-----BEGIN "u8)
            ? "It is text in PEM, and DER is needed: openssl pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der converts a "
                + "private key."
            : Base64Advice.IsBase64(material)
                ? "It is text in Base64: decode it with [Convert]::FromBase64String(...) first."
                : "A symmetric key has 32 bytes.";
        return Record(
            new ArgumentException(message),
            "KeyMaterialTooLong",
            ErrorCategory.InvalidArgument,
            target,
            message,
            advice + " RSA private keys need Get-KmsParametersForImport -WrappingAlgorithm RSA_AES_KEY_WRAP_SHA_256.");
    }

    /// <summary>The record for bytes that are not the public key of an import.</summary>
    /// <param name="error">What is wrong with them.</param>
    /// <param name="publicKey">The bytes.</param>
    /// <param name="target">The key.</param>
    public static ErrorRecord NotWrappingKey(CryptographicException error, ReadOnlySpan<byte> publicKey, object? target) => Record(
        error,
        "CryptographicError",
        ErrorCategory.InvalidData,
        target,
        "The public key is not an RSA public key in DER (SubjectPublicKeyInfo).",
        Base64Advice.IsBase64(publicKey)
            ? "-PublicKey is text in Base64: decode it with [Convert]::FromBase64String(...) first."
            : "Give the PublicKey that Get-KmsParametersForImport returned, as it is.");
}
