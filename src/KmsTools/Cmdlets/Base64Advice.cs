using System.Buffers.Text;

namespace KmsTools.Commands;

/// <summary>
/// What to do about an error that occurred because bytes were given as Base64 text, the form in which other tools print them. Text is used
/// as it is, as in AWS.Tools.
/// </summary>
internal static class Base64Advice
{
    // Shorter than anything that KMS generates, and longer than a word that happens to be valid Base64.
    private const int Shortest = 24;

    private static readonly string[] Blobs = ["CiphertextBlob", "Signature", "Mac", "ImportToken", "EncryptedKeyMaterial", "PublicKey"];

    /// <summary>What to do; null where no blob is in Base64 or the error is about something else.</summary>
    /// <param name="error">The error.</param>
    /// <param name="given">The parameters of the cmdlet, with their values.</param>
    public static string? Of(KmsException error, IReadOnlyDictionary<string, object?> given) =>
        Blobs.FirstOrDefault(name => IsAbout(error, name) && IsBase64(given.GetValueOrDefault(name))) is { } blob
            ? $"-{blob} is text in Base64: decode it with [Convert]::FromBase64String(...) first."
            : null;

    /// <summary>Whether bytes are text in Base64, and long enough to be bytes that were printed so.</summary>
    public static bool IsBase64(ReadOnlySpan<byte> bytes) => bytes.Length >= Shortest && Base64.IsValid(bytes);

    private static bool IsBase64(object? value) => value is byte[] bytes && IsBase64(bytes.AsSpan());

    private static bool IsAbout(KmsException error, string name) => error.ErrorCode switch
    {
        "InvalidCiphertextException" => name is "CiphertextBlob" or "EncryptedKeyMaterial",
        "KMSInvalidSignatureException" => name == "Signature",
        "KMSInvalidMacException" => name == "Mac",
        "InvalidImportTokenException" => name == "ImportToken",

        // Too long because Base64 is a third longer than the bytes, or a public key that cannot be read.
        "ValidationException" => error.Message.Contains($"'{char.ToLowerInvariant(name[0])}{name[1..]}'", StringComparison.Ordinal),
        _ => false,
    };
}
