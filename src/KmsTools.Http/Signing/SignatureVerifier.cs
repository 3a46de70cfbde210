using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Http;

/// <summary>
/// Verifies Signature Version 4 for one service ("Signature Version 4 for API requests", IAM User Guide). What needs no secret is verified
/// by the head of a request alone, before any of its body is read; the signature then needs the hash of the body.
/// </summary>
/// <param name="service">The service that requests are signed for, such as kms.</param>
/// <param name="clock">The clock that the times of signatures are compared with.</param>
/// <param name="mustBeSigned">
/// The headers that change the meaning of a request, in lower case: where one is sent, it must be signed, because otherwise the signature
/// could be used for another request.
/// </param>
public sealed class SignatureVerifier(string service, TimeProvider clock, params string[] mustBeSigned)
{
    private const string HttpTimeFormat = "r";

    private static readonly string[] TimeFormats = [RequestSignature.TimeFormat, HttpTimeFormat];

    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(5);

    /// <summary>Reads an Authorization header.</summary>
    /// <param name="authorization">The value of the header; null or empty when there is none.</param>
    /// <exception cref="SignatureException">It is missing or incomplete, has another algorithm, or is for another service.</exception>
    public SignatureClaim Parse(string? authorization) => AuthorizationHeader.Parse(authorization, service);

    /// <summary>The access key that an Authorization header claims, whatever else is wrong with it; null when it claims none.</summary>
    /// <param name="authorization">The value of the header; null or empty when there is none.</param>
    public static string? FindAccessKey(string? authorization)
    {
        const string begin = "Credential=";
        int start = authorization?.IndexOf(begin, StringComparison.Ordinal) ?? -1;
        if (start < 0)
        {
            return null;
        }

        ReadOnlySpan<char> rest = authorization.AsSpan(start + begin.Length);
        int end = rest.IndexOfAny('/', ',');
        rest = (end < 0 ? rest : rest[..end]).TrimBlanks();
        return rest.IsEmpty ? null : rest.ToString();
    }

    /// <summary>Verifies that a signature is of this time, and covers the headers that it must cover.</summary>
    /// <param name="request">The head of the request.</param>
    /// <param name="claim">What its Authorization header says.</param>
    /// <returns>The time of the signature, as it is signed.</returns>
    /// <exception cref="SignatureException">It does not.</exception>
    public string VerifyHead<TRequest>(in TRequest request, in SignatureClaim claim)
        where TRequest : ISignableRequest
    {
        string time = RequireTime(request.Header(RequestSignature.DateHeader) ?? request.Header("Date"), claim.Scope.Date);
        if (!claim.SignedHeaders.Contains("host", StringComparer.Ordinal))
        {
            throw SignatureException.Invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
        }

        foreach (string name in mustBeSigned)
        {
            if (request.Header(name) is not null && !claim.SignedHeaders.Contains(name, StringComparer.Ordinal))
            {
                throw SignatureException.Invalid($"'{name}' must be a 'SignedHeader' in the AWS Authorization.");
            }
        }

        return time;
    }

    /// <summary>Verifies a signature.</summary>
    /// <param name="request">The head of the request.</param>
    /// <param name="claim">What its Authorization header says.</param>
    /// <param name="time">The time of the signature, from <see cref="VerifyHead"/>.</param>
    /// <param name="signingKey">The key that the claimed access key signs with in the claimed scope.</param>
    /// <param name="payloadHash">The SHA-256 hash of the body.</param>
    /// <exception cref="SignatureException">It was made for another request, or with another secret.</exception>
    public static void Verify<TRequest>(
        in TRequest request, in SignatureClaim claim, string time, SigningKey signingKey, ReadOnlySpan<byte> payloadHash)
        where TRequest : ISignableRequest
    {
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        RequestSignature.Compute(request, claim.Scope, claim.SignedHeaders, time, signingKey, payloadHash, signature);
        Span<byte> expected = stackalloc byte[2 * HMACSHA256.HashSizeInBytes];
        Convert.TryToHexStringLower(signature, expected, out _);
        if (!CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(claim.Signature)))
        {
            throw SignatureException.Mismatch();
        }
    }

    private string RequireTime(string? stated, string date)
    {
        if (stated is null)
        {
            throw SignatureException.Incomplete(
                $"Authorization header requires existence of either a '{RequestSignature.DateHeader}' or a 'Date' header.");
        }

        // The signature covers the basic format, even of a Date header in HTTP format.
        if (!DateTimeOffset.TryParseExact(
            stated, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset signedAt))
        {
            throw SignatureException.Incomplete(
                $"Date must be in ISO-8601 'basic format'. Got '{stated}'. See http://en.wikipedia.org/wiki/ISO_8601");
        }

        string time = RequestSignature.Text(signedAt);
        if (!time.StartsWith(date, StringComparison.Ordinal) || date.Length != 8)
        {
            throw SignatureException.Invalid(
                $"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' != '{time[..8]}', "
                    + $"from '{time}'.");
        }

        DateTimeOffset now = clock.GetUtcNow();
        if (now - signedAt > MaxSkew)
        {
            throw SignatureException.Invalid(
                $"Signature expired: {time} is now earlier than {RequestSignature.Text(now - MaxSkew)} ({RequestSignature.Text(now)} "
                    + "- 5 min.)");
        }

        if (signedAt - now > MaxSkew)
        {
            throw SignatureException.Invalid(
                $"Signature not yet current: {time} is still later than {RequestSignature.Text(now + MaxSkew)} "
                    + $"({RequestSignature.Text(now)} + 5 min.)");
        }

        return time;
    }
}
