using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KmsTools.AccessKeys;
using Microsoft.Extensions.Primitives;

namespace KmsTools.Endpoint.Signing;

/// <summary>Verifies Signature Version 4 ("Signature Version 4 for API requests", IAM User Guide).</summary>
internal sealed class SignatureVerifier(AccessKeyRegistry accessKeys, TimeProvider clock)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Service = "kms";
    private const string Terminator = "aws4_request";
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";
    private const string HttpTimeFormat = "r";
    private const string DateHeader = "X-Amz-Date";
    private const string BodyHashHeader = "x-amz-content-sha256";
    private const string TokenHeader = "X-Amz-Security-Token";
    private const int MaxRegionLength = 64;

    // Headers that change what a call means: a signature that leaves one out could be used again for another call.
    private static readonly string[] MustBeSigned = ["x-amz-target", "x-amz-date", BodyHashHeader, "x-amz-security-token"];

    private static readonly string[] TimeFormats = [TimeFormat, HttpTimeFormat];

    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(5);

    private readonly SigningKeys _signingKeys = new(accessKeys);

    /// <summary>Reads the Authorization header.</summary>
    /// <exception cref="CallException">There is none, it has not all its parts, or another algorithm.</exception>
    public static Authorization Parse(IHeaderDictionary headers)
    {
        if (headers.Authorization is not [{ Length: > 0 } text])
        {
            throw headers.Authorization.Count > 1
                ? CallException.IncompleteSignature("There is more than one Authorization header.")
                : CallException.MissingToken();
        }

        int space = text.IndexOf(' ', StringComparison.Ordinal);
        string algorithm = space < 0 ? text : text[..space];
        if (!algorithm.StartsWith("AWS4-", StringComparison.Ordinal))
        {
            throw CallException.MissingToken();
        }

        if (algorithm != Algorithm)
        {
            throw CallException.IncompleteSignature($"Unsupported AWS 'algorithm': '{algorithm}'. Sign with {Algorithm}, for one Region.");
        }

        string? credential = null;
        string? signedHeaders = null;
        string? signature = null;
        foreach (string part in text[(algorithm.Length)..].Split(',', StringSplitOptions.TrimEntries))
        {
            switch (part.Split('=', 2))
            {
                case ["Credential", var value]:
                    credential = value;
                    break;
                case ["SignedHeaders", var value]:
                    signedHeaders = value;
                    break;
                case ["Signature", var value]:
                    signature = value;
                    break;
            }
        }

        string missing = string.Join(' ', Missing("Credential", credential), Missing("Signature", signature), Missing("SignedHeaders", signedHeaders)).Trim();
        if (missing.Length > 0)
        {
            throw CallException.IncompleteSignature(missing);
        }

        if (credential!.Split('/') is not [{ Length: > 0 } accessKeyId, var date, var region, var service, var terminator])
        {
            throw CallException.IncompleteSignature(
                $"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'");
        }

        return service != Service ? throw CallException.InvalidSignature($"Credential should be scoped to correct service: '{Service}'.")
            : terminator != Terminator ? throw CallException.InvalidSignature($"Credential should be scoped with a valid terminator: '{Terminator}', not '{terminator}'.")
            : !IsRegion(region) ? throw CallException.InvalidSignature("Credential should be scoped to a valid region.")
            : new Authorization(accessKeyId, date, region, signedHeaders!.Split(';'), signature!);
    }

    /// <summary>Requires the signature to be that of the request.</summary>
    /// <returns>The ARN of the principal that signed.</returns>
    /// <exception cref="CallException">It is not.</exception>
    public string Verify(HttpRequest request, Authorization authorization, ReadOnlySpan<byte> body)
    {
        // There are no temporary credentials here, and a session token would be one.
        AccessKey accessKey = accessKeys.Find(authorization.AccessKeyId) is { } found && !request.Headers.ContainsKey(TokenHeader)
            ? found
            : throw CallException.UnrecognizedClient();
        string time = RequireTime(request.Headers, authorization.Date);
        RequireSigned(request.Headers, authorization.SignedHeaders);
        string bodyHash = Convert.ToHexStringLower(SHA256.HashData(body));
        if (request.Headers.TryGetValue(BodyHashHeader, out StringValues stated) && !string.Equals(stated, bodyHash, StringComparison.OrdinalIgnoreCase))
        {
            throw Mismatch();
        }

        string canonical = CanonicalRequest(request, authorization.SignedHeaders, bodyHash);
        string toSign = $"{Algorithm}\n{time}\n{authorization.Date}/{authorization.Region}/{Service}/{Terminator}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        byte[] signingKey = _signingKeys.Get(accessKey, authorization.Date, authorization.Region);
        string expected = Convert.ToHexStringLower(HMACSHA256.HashData(signingKey, Encoding.UTF8.GetBytes(toSign)));
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(authorization.Signature))
            ? accessKey.PrincipalArn
            : throw Mismatch();
    }

    private static string Missing(string name, string? value) =>
        string.IsNullOrEmpty(value) ? $"Authorization header requires '{name}' parameter." : "";

    private static bool IsRegion(string region) =>
        region.Length is > 0 and <= MaxRegionLength && region.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static CallException Mismatch() => CallException.InvalidSignature(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.");

    private string RequireTime(IHeaderDictionary headers, string date)
    {
        StringValues stated = headers.TryGetValue(DateHeader, out StringValues own) ? own : headers.Date;
        if (stated.Count == 0)
        {
            throw CallException.IncompleteSignature($"Authorization header requires existence of either a '{DateHeader}' or a 'Date' header.");
        }

        // What is signed is the basic format, also of a Date header in the format of HTTP.
        if (stated is not [{ } text]
            || !DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset signedAt))
        {
            throw CallException.IncompleteSignature($"Date must be in ISO-8601 'basic format'. Got '{stated}'. See http://en.wikipedia.org/wiki/ISO_8601");
        }

        string time = Text(signedAt);
        if (!time.StartsWith(date, StringComparison.Ordinal) || date.Length != 8)
        {
            throw CallException.InvalidSignature(
                $"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' != '{time[..8]}', from '{time}'.");
        }

        // The real clock, also over a simulated one: this is about the clock of the client's machine.
        DateTimeOffset now = clock.GetUtcNow();
        return now - signedAt > MaxSkew
                ? throw CallException.InvalidSignature($"Signature expired: {time} is now earlier than {Text(now - MaxSkew)} ({Text(now)} - 5 min.)")
            : signedAt - now > MaxSkew
                ? throw CallException.InvalidSignature($"Signature not yet current: {time} is still later than {Text(now + MaxSkew)} ({Text(now)} + 5 min.)")
            : time;
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

    private static string CanonicalRequest(HttpRequest request, string[] signedHeaders, string bodyHash)
    {
        // Only POST / without a query comes here.
        var canonical = new StringBuilder("POST\n/\n\n", 1024);
        foreach (string name in signedHeaders)
        {
            canonical.Append(name).Append(':');
            AppendValues(canonical, request.Headers[name]);
            canonical.Append('\n');
        }

        canonical.Append('\n');
        return canonical.AppendJoin(';', signedHeaders).Append('\n').Append(bodyHash).ToString();
    }

    private static void AppendValues(StringBuilder canonical, StringValues values)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (i > 0)
            {
                canonical.Append(',');
            }

            // Runs of spaces count as one.
            bool wasSpace = false;
            foreach (char c in values[i].AsSpan().Trim())
            {
                if (c != ' ' || !wasSpace)
                {
                    canonical.Append(c);
                }

                wasSpace = c == ' ';
            }
        }
    }
}
