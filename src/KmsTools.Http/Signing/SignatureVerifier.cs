using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KmsTools.AccessKeys;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace KmsTools.Endpoint.Signing;

/// <summary>Verifies Signature Version 4 for one service ("Signature Version 4 for API requests", IAM User Guide).</summary>
internal sealed class SignatureVerifier(Authenticator authenticator, TimeProvider clock, string service)
{
    /// <summary>The parameter of a signature in the query string.</summary>
    public const string QueryParameter = "X-Amz-Signature";

    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";
    private const string HttpTimeFormat = "r";
    private const string DateHeader = "X-Amz-Date";
    private const string BodyHashHeader = "x-amz-content-sha256";
    private const string TokenHeader = "X-Amz-Security-Token";

    // Headers that change the meaning of a call: a signature that omits one could be reused for another call.
    private static readonly string[] MustBeSigned = ["x-amz-target", "x-amz-date", BodyHashHeader, "x-amz-security-token"];

    private static readonly string[] TimeFormats = [TimeFormat, HttpTimeFormat];

    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(5);

    private readonly SigningKeys _signingKeys = new(authenticator, service);
    private readonly byte[] _scopeEnd = Encoding.ASCII.GetBytes($"/{service}/{AuthorizationHeader.Terminator}\n");

    /// <summary>Reads the Authorization header.</summary>
    /// <exception cref="CallException">The header is missing or incomplete, has another algorithm, or is for another service.</exception>
    public SignatureClaim Parse(HttpRequest request) => AuthorizationHeader.Parse(request.Headers.Authorization, service);

    /// <summary>Verifies the signature of the request.</summary>
    /// <returns>The credentials that it is signed with.</returns>
    /// <exception cref="CallException">The signature is not valid for the request.</exception>
    /// <exception cref="KmsException">The store does not know the credentials, or they are expired.</exception>
    public CallerCredentials Verify(HttpRequest request, in SignatureClaim claim, ReadOnlySpan<byte> body)
    {
        CallerCredentials credentials = authenticator.Find(claim.AccessKeyId, SessionToken(request.Headers));
        string time = RequireTime(request.Headers, claim.Date);
        RequireSigned(request.Headers, claim.SignedHeaders);
        Span<byte> bodyHash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, bodyHash);
        if (request.Headers.TryGetValue(BodyHashHeader, out StringValues stated)
            && !string.Equals(stated, Convert.ToHexStringLower(bodyHash), StringComparison.OrdinalIgnoreCase))
        {
            throw Mismatch();
        }

        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        using (PooledBuffer text = new())
        {
            WriteCanonicalRequest(text, request, claim.SignedHeaders, bodyHash);
            Span<byte> canonicalHash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(text.WrittenSpan, canonicalHash);
            text.Clear();
            WriteStringToSign(text, claim, time, canonicalHash);
            HMACSHA256.HashData(_signingKeys.Get(credentials, claim.Date, claim.Region), text.WrittenSpan, signature);
        }

        Span<byte> expected = stackalloc byte[2 * HMACSHA256.HashSizeInBytes];
        Convert.TryToHexStringLower(signature, expected, out _);
        return CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(claim.Signature))
            ? credentials
            : throw Mismatch();
    }

    // None at all is what an access key of the store has; several, or an empty one, are no session token.
    private static string? SessionToken(IHeaderDictionary headers) =>
        headers.TryGetValue(TokenHeader, out StringValues tokens) ? tokens.ToString() : null;

    private static CallException Mismatch() => CallException.InvalidSignature(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing "
            + "method. Consult the service documentation for details.");

    private string RequireTime(IHeaderDictionary headers, string date)
    {
        StringValues stated = headers.TryGetValue(DateHeader, out StringValues own) ? own : headers.Date;
        if (stated.Count == 0)
        {
            throw CallException.IncompleteSignature(
                $"Authorization header requires existence of either a '{DateHeader}' or a 'Date' header.");
        }

        // The signature covers the basic format, even of a Date header in HTTP format.
        if (stated is not [{ } text]
            || !DateTimeOffset.TryParseExact(
                text,
                TimeFormats,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out DateTimeOffset signedAt))
        {
            throw CallException.IncompleteSignature(
                $"Date must be in ISO-8601 'basic format'. Got '{stated}'. See http://en.wikipedia.org/wiki/ISO_8601");
        }

        string time = Text(signedAt);
        if (!time.StartsWith(date, StringComparison.Ordinal) || date.Length != 8)
        {
            throw CallException.InvalidSignature(
                $"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' != '{time[..8]}', "
                    + $"from '{time}'.");
        }

        // The real clock, even if the store has a simulated one: this is about the clock of the client's machine.
        DateTimeOffset now = clock.GetUtcNow();
        if (now - signedAt > MaxSkew)
        {
            throw CallException.InvalidSignature(
                $"Signature expired: {time} is now earlier than {Text(now - MaxSkew)} ({Text(now)} - 5 min.)");
        }

        if (signedAt - now > MaxSkew)
        {
            throw CallException.InvalidSignature(
                $"Signature not yet current: {time} is still later than {Text(now + MaxSkew)} ({Text(now)} + 5 min.)");
        }

        return time;
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static void RequireSigned(IHeaderDictionary headers, string[] signedHeaders)
    {
        if (!signedHeaders.Contains("host", StringComparer.Ordinal))
        {
            throw CallException.InvalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
        }

        foreach (string name in MustBeSigned)
        {
            if (headers.ContainsKey(name) && !signedHeaders.Contains(name, StringComparer.Ordinal))
            {
                throw CallException.InvalidSignature($"'{name}' must be a 'SignedHeader' in the AWS Authorization.");
            }
        }
    }

    private static void WriteCanonicalRequest(PooledBuffer text, HttpRequest request, string[] signedHeaders, ReadOnlySpan<byte> bodyHash)
    {
        // Only POST / gets here.
        text.Write("POST\n/\n"u8);
        if (request.QueryString.HasValue)
        {
            WriteQuery(text, request.QueryString.Value.AsMemory());
        }

        text.Write("\n"u8);
        foreach (string name in signedHeaders)
        {
            text.Write(name);
            text.Write(":"u8);
            WriteValues(text, request.Headers[name]);
            text.Write("\n"u8);
        }

        text.Write("\n"u8);
        for (int i = 0; i < signedHeaders.Length; i++)
        {
            text.Write(i == 0 ? [] : ";"u8);
            text.Write(signedHeaders[i]);
        }

        text.Write("\n"u8);
        text.WriteHex(bodyHash);
    }

    private static void WriteQuery(PooledBuffer text, ReadOnlyMemory<char> query)
    {
        List<(string Name, string Value)> parameters = new();
        foreach (QueryStringEnumerable.EncodedNameValuePair parameter in new QueryStringEnumerable(query))
        {
            parameters.Add((Uri.EscapeDataString(parameter.DecodeName().Span), Uri.EscapeDataString(parameter.DecodeValue().Span)));
        }

        text.Write(string.Join('&', parameters
            .OrderBy(static parameter => parameter.Name, StringComparer
                .Ordinal).ThenBy(static parameter => parameter.Value, StringComparer.Ordinal)
            .Select(static parameter => $"{parameter.Name}={parameter.Value}")));
    }

    private void WriteStringToSign(PooledBuffer text, in SignatureClaim claim, string time, ReadOnlySpan<byte> canonicalHash)
    {
        text.Write(AuthorizationHeader.Algorithm);
        text.Write("\n"u8);
        text.Write(time);
        text.Write("\n"u8);
        text.Write(claim.Date);
        text.Write("/"u8);
        text.Write(claim.Region);
        text.Write(_scopeEnd);
        text.WriteHex(canonicalHash);
    }

    private static void WriteValues(PooledBuffer text, StringValues values)
    {
        for (int i = 0; i < values.Count; i++)
        {
            text.Write(i == 0 ? [] : ","u8);

            // Consecutive spaces count as one.
            ReadOnlySpan<char> value = values[i].AsSpan().Trim();
            int start = 0;
            while (value[start..].IndexOf("  ", StringComparison.Ordinal) is var run and >= 0)
            {
                int end = start + run + 1;
                text.Write(value[start..end]);
                start = end + value[end..].IndexOfAnyExcept(' ');
            }

            text.Write(value[start..]);
        }
    }
}
