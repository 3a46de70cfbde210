using System.Globalization;

namespace KmsTools.Http;

public sealed class SignatureVerifierTests
{
    private const string Good =
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

    private const string Mismatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

    private static readonly FixedClock Clock = new(new DateTimeOffset(2015, 8, 30, 12, 36, 0, TimeSpan.Zero));

    [Theory]
    [MemberData(nameof(SignatureVectors.All), MemberType = typeof(SignatureVectors))]
    public void Verify_TheVectorsOfAws_AreValidAndNothingElseIs(
        string name, string method, string path, string query, string[] headers, string canonical, string bodyHash, string signature)
    {
        GivenRequest request = SignatureVectors.Request(method, path, query, headers);
        SignatureVerifier verifier = new("service", Clock, "x-amz-security-token");
        using SigningKey key = SignatureVectors.Key();
        using SigningKey stranger = SigningKey.Derive("another secret"u8, SignatureVectors.Scope);
        byte[] hash = Convert.FromHexString(bodyHash);
        SignatureClaim claim = verifier.Parse(
            $"AWS4-HMAC-SHA256 Signature={signature},SignedHeaders={string.Join(';', request.Names)},Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request");

        string time = verifier.VerifyHead(request, claim);
        SignatureVerifier.Verify(request, claim, time, key, hash);

        Assert.Equal((SignatureVectors.Time, "AKIDEXAMPLE", name.Length > 0), (time, claim.AccessKeyId, canonical.Length > 0));
        hash[0] ^= 1;
        Refused(() => SignatureVerifier.Verify(request, claim, time, key, hash), SignatureFault.Invalid, Mismatch);
        hash[0] ^= 1;
        Refused(() => SignatureVerifier.Verify(request, claim, time, stranger, hash), SignatureFault.Invalid, Mismatch);
        GivenRequest other = request with { Query = query + "&x" };
        Refused(() => SignatureVerifier.Verify(other, claim, time, key, hash), SignatureFault.Invalid, Mismatch);

        // Spaces and tabs around a value are not signed, other white space is.
        Refused(
            () => SignatureVerifier.Verify(WithBeforeHost('\v'), claim, time, key, hash), SignatureFault.Invalid, Mismatch);
        Refused(
            () => SignatureVerifier.Verify(WithBeforeHost('\u00A0'), claim, time, key, hash), SignatureFault.Invalid, Mismatch);
        SignatureVerifier.Verify(WithBeforeHost('\t'), claim, time, key, hash);
        SignatureClaim cut = claim with { Signature = signature[..63] };
        Refused(() => SignatureVerifier.Verify(request, cut, time, key, hash), SignatureFault.Invalid, Mismatch);

        GivenRequest WithBeforeHost(char blank) => new(
            method, path, query, [.. headers, $"host:{blank}example.amazonaws.com", "x-amz-date:" + SignatureVectors.Time]);
    }

    [Theory]
    [InlineData(null, SignatureFault.Missing, "Missing Authentication Token")]
    [InlineData("", SignatureFault.Missing, "Missing Authentication Token")]
    [InlineData("Basic dXNlcg==", SignatureFault.Missing, "Missing Authentication Token")]
    [InlineData("AWS4-HMAC-SHA512 Credential=a", SignatureFault.Incomplete, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'. Sign with AWS4-HMAC-SHA256, for one Region.")]
    [InlineData("AWS4-HMAC-SHA256", SignatureFault.Incomplete, "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/b/c/service, SignedHeaders=host, Signature=0", SignatureFault.Incomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c/service'")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/b/c/s3/aws4_request, SignedHeaders=host, Signature=0", SignatureFault.Invalid, "Credential should be scoped to correct service: 'service'.")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/b/c/service/aws5_request, SignedHeaders=host, Signature=0", SignatureFault.Invalid, "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'.")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/b/c/service/aws4_request,\vSignedHeaders=host,\u00A0Signature=0", SignatureFault.Incomplete, "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.")]
    public void Parse_NotAClaimForTheService_IsRefused(string? authorization, SignatureFault fault, string message) =>
        Refused(() => new SignatureVerifier("service", Clock).Parse(authorization), fault, message);

    [Theory]
    [InlineData(null, null)]
    [InlineData("Basic dXNlcg==", null)]
    [InlineData("AWS4-HMAC-SHA256 Credential=, Signature=0", null)]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/s3/aws4_request", "AKID")]
    [InlineData("Signature=0,Credential=AKID,SignedHeaders=host", "AKID")]
    [InlineData("Credential=AKID", "AKID")]
    public void FindAccessKey_Header_IsWhatItClaims(string? authorization, string? accessKeyId) =>
        Assert.Equal(accessKeyId, SignatureVerifier.FindAccessKey(authorization));

    [Theory]
    [InlineData("20150830T123100Z", null)]
    [InlineData("20150830T124100Z", null)]
    [InlineData("20150830T123059Z", "Signature expired: 20150830T123059Z is now earlier than 20150830T123100Z (20150830T123600Z - 5 min.)")]
    [InlineData("20150830T124101Z", "Signature not yet current: 20150830T124101Z is still later than 20150830T124100Z (20150830T123600Z + 5 min.)")]
    [InlineData("20150829T123600Z", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150830' != '20150829', from '20150829T123600Z'.")]
    public void VerifyHead_Time_IsAtMostFiveMinutesOff(string time, string? refusal)
    {
        SignatureVerifier verifier = new("service", Clock);
        GivenRequest request = new("GET", "/", "", ["host:a", "x-amz-date:" + time]);
        SignatureClaim claim = verifier.Parse(Good);

        if (refusal is null)
        {
            Assert.Equal(time, verifier.VerifyHead(request, claim));
        }
        else
        {
            Refused(() => verifier.VerifyHead(request, claim), SignatureFault.Invalid, refusal);
        }
    }

    [Fact]
    public void VerifyHead_TimeOfADateHeader_IsTakenInBothForms()
    {
        SignatureVerifier verifier = new("service", Clock);
        SignatureClaim claim = verifier.Parse(Good);
        string http = Clock.Now.ToString("r", CultureInfo.InvariantCulture);

        Assert.Equal(SignatureVectors.Time, verifier.VerifyHead(new GivenRequest("GET", "/", "", ["date:" + http]), claim));
        Assert.Equal(SignatureVectors.Time, verifier.VerifyHead(new GivenRequest("GET", "/", "", ["date:20150830T123600Z"]), claim));
        Refused(
            () => verifier.VerifyHead(new GivenRequest("GET", "/", "", []), claim),
            SignatureFault.Incomplete,
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
        Refused(
            () => verifier.VerifyHead(new GivenRequest("GET", "/", "", ["date:now"]), claim),
            SignatureFault.Incomplete,
            "Date must be in ISO-8601 'basic format'. Got 'now'. See http://en.wikipedia.org/wiki/ISO_8601");
    }

    [Theory]
    [InlineData("x-amz-date", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")]
    [InlineData("host;x-amz-date", "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.")]
    [InlineData("host;x-amz-date;x-amz-target", null)]
    public void VerifyHead_HeadersThatMustBeSigned_AreRequired(string signed, string? refusal)
    {
        SignatureVerifier verifier = new("service", Clock, "x-amz-target", "x-amz-security-token");
        GivenRequest request = new("GET", "/", "", ["host:a", "x-amz-date:20150830T123600Z", "x-amz-target:b"]);
        SignatureClaim claim = verifier.Parse(Good.Replace("host;x-amz-date", signed, StringComparison.Ordinal));

        if (refusal is null)
        {
            Assert.Equal(SignatureVectors.Time, verifier.VerifyHead(request, claim));
        }
        else
        {
            Refused(() => verifier.VerifyHead(request, claim), SignatureFault.Invalid, refusal);
        }
    }

    private static void Refused(Action act, SignatureFault fault, string message)
    {
        SignatureException refusal = Assert.Throws<SignatureException>(act);
        Assert.Equal((fault, message), (refusal.Fault, refusal.Message));
    }
}
