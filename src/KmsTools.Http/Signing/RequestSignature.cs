using System.Globalization;
using System.Security.Cryptography;

namespace KmsTools.Http;

/// <summary>The signature of a request, for those who make it and for those who verify it.</summary>
internal static class RequestSignature
{
    /// <summary>The only algorithm.</summary>
    public const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>The header with the time of the signature.</summary>
    public const string DateHeader = "X-Amz-Date";

    /// <summary>The form of that time: the basic one of ISO 8601.</summary>
    public const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>Computes the 32 bytes of a signature.</summary>
    /// <param name="request">The head of the request.</param>
    /// <param name="scope">What the signing key is for.</param>
    /// <param name="signedHeaders">The names of the headers that are signed.</param>
    /// <param name="time">The time of the signature.</param>
    /// <param name="signingKey">The key of the scope.</param>
    /// <param name="payloadHash">The SHA-256 hash of the body.</param>
    /// <param name="signature">Where the signature goes.</param>
    public static void Compute<TRequest>(
        in TRequest request,
        in CredentialScope scope,
        ReadOnlySpan<string> signedHeaders,
        string time,
        SigningKey signingKey,
        ReadOnlySpan<byte> payloadHash,
        Span<byte> signature)
        where TRequest : ISignableRequest
    {
        Span<byte> requestHash = stackalloc byte[SHA256.HashSizeInBytes];
        using PooledBuffer text = new();
        CanonicalRequest.Write(text, request, signedHeaders, payloadHash);
        SHA256.HashData(text.WrittenSpan, requestHash);
        text.Clear();
        text.Write(Algorithm);
        text.Write("\n"u8);
        text.Write(time);
        text.Write("\n"u8);
        text.Write(scope.Date);
        text.Write("/"u8);
        text.Write(scope.Region);
        text.Write("/"u8);
        text.Write(scope.Service);
        text.Write("/aws4_request\n"u8);
        text.WriteHex(requestHash);
        signingKey.Sign(text.WrittenSpan, signature);
    }

    /// <summary>A time as it is signed.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}
