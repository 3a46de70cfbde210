using System.Text.Json;
using KmsTools.Auditing;

namespace KmsTools.Endpoint;

[OnEveryStore]
public sealed class SignatureTests(EndpointFixture endpoint) : IClassFixture<EndpointFixture>
{
    private const string Mismatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing "
            + "method. Consult the service documentation for details.";

    private SignedCall Call => new() { Endpoint = endpoint, Operation = "ListKeys" };

    [Fact]
    public async Task Call_Signed_IsMadeByThePrincipalOfTheKeyInTheRegionOfTheSignature()
    {
        (int status, string body, HttpResponseMessage response) = await (Call with { Operation = "CreateKey", Region = "eu-central-1" })
            .SendAsync();

        Assert.Equal(200, status);
        Assert.Contains("arn:aws:kms:eu-central-1:111122223333:key/", body);
        AuditEvent record = endpoint.Engine.FindEvents(new Persistence.EventQuery { EventName = "CreateKey", Region = "eu-central-1" })
            .Single();
        Assert.Equal("arn:aws:iam::111122223333:user/alice", record.UserIdentity["arn"]);
        Assert.Equal(response.Headers.GetValues("x-amzn-RequestId").Single(), record.RequestId);
    }

    [Fact]
    public async Task Header_WithRunsOfSpaces_IsSignedAsWithOne()
    {
        using HttpClient client = new();
        HttpRequestMessage message = (Call with { More = [("x-note", "a b c")] }).Message();
        message.Headers.Remove("x-note");
        message.Headers.TryAddWithoutValidation("x-note", " a    b  c ");

        HttpResponseMessage response = await client.SendAsync(message, TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public Task AccessKey_Unknown_IsRefused() =>
        Refused(
            Call with { AccessKeyId = "AKIAAAAAAAAAAAAAAAAA" },
            "UnrecognizedClientException",
            "The security token included in the request is invalid.");

    [Fact]
    public Task SessionToken_OfAnotherStore_IsRefused() =>
        Refused(
            Call with { More = [("x-amz-security-token", "token")] },
            "UnrecognizedClientException",
            "The security token included in the request is invalid.");

    [Fact]
    public Task Secret_Wrong_IsRefused() => Refused(Call with { Secret = "wrong" }, "InvalidSignatureException", Mismatch);

    [Fact]
    public Task Body_OtherThanTheSignedOne_IsRefused() =>
        Refused(Call with { SentBody = """{"Limit":1}""" }, "InvalidSignatureException", Mismatch);

    [Fact]
    public Task Body_OtherThanItsHash_IsRefused() =>
        Refused(Call with { More = [("x-amz-content-sha256", new string('0', 64))] }, "InvalidSignatureException", Mismatch);

    [Fact]
    public Task Payload_Unsigned_IsRefused() =>
        Refused(Call with { More = [("x-amz-content-sha256", "UNSIGNED-PAYLOAD")] }, "InvalidSignatureException", Mismatch);

    [Fact]
    public Task Target_NotSigned_IsRefused() =>
        Refused(
            Call with { Unsigned = ["x-amz-target"] },
            "InvalidSignatureException",
            "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.");

    [Fact]
    public Task Host_NotSigned_IsRefused() =>
        Refused(
            Call with { Unsigned = ["host"] },
            "InvalidSignatureException",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");

    [Fact]
    public Task Scope_OfAnotherService_IsRefused() =>
        Refused(Call with { Service = "s3" }, "InvalidSignatureException", "Credential should be scoped to correct service: 'kms'.");

    [Theory]
    [InlineData("a")]
    [InlineData("us-esat-1")]
    [InlineData("abcdefghijklmnopqrstuvwxyz-01234")]
    public async Task Scope_WithAnyWellFormedRegion_IsTaken(string region) =>
        Assert.Equal(200, (await (Call with { Region = region }).SendAsync()).Status);

    [Theory]
    [InlineData("")]
    [InlineData("US-EAST-1")]
    [InlineData("us east 1")]
    [InlineData("us-east-1 ")]
    [InlineData("us_east_1")]
    [InlineData("us:east")]
    [InlineData("abcdefghijklmnopqrstuvwxyz-012345")]
    public Task Scope_WithAMalformedRegion_IsRefused(string region) =>
        Refused(Call with { Region = region }, "InvalidSignatureException", "Credential should be scoped to a valid region.");

    [Fact]
    public async Task Date_AtMostFiveMinutesOff_IsTaken()
    {
        await Refused(
            Call with { Time = DateTime.UtcNow.AddMinutes(-5).AddSeconds(-5) },
            "InvalidSignatureException",
            null,
            "Signature expired: ");
        await Refused(
            Call with { Time = DateTime.UtcNow.AddMinutes(5).AddSeconds(5) },
            "InvalidSignatureException",
            null,
            "Signature not yet current: ");
        Assert.Equal(200, (await (Call with { Time = DateTime.UtcNow.AddMinutes(-4) }).SendAsync()).Status);
        Assert.Equal(200, (await (Call with { Time = DateTime.UtcNow.AddMinutes(4) }).SendAsync()).Status);
    }

    [Theory]
    [InlineData("yyyyMMdd'T'HHmmss'Z'")]
    [InlineData("r")]
    public async Task Date_InADateHeader_StandsForThatOfAws(string format)
    {
        SignedCall call = Call with { TimeHeader = "date", TimeHeaderFormat = format };
        Assert.Equal(200, (await call.SendAsync()).Status);
        await Refused(
            call with { Time = DateTime.UtcNow.AddMinutes(-5).AddSeconds(-5) },
            "InvalidSignatureException",
            null,
            "Signature expired: ");
        await Refused(call with { Secret = "wrong" }, "InvalidSignatureException", Mismatch);
    }

    [Fact]
    public async Task Date_InAnotherFormOrAbsent_IsRefused()
    {
        await Refused(
            Call with { TimeHeader = "x-kms-date" },
            "IncompleteSignatureException",
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
        foreach (string format in new[] { "s", "yyyyMMdd", "yyyyMMdd'T'HHmmss", "yyyyMMdd'T'HHmmss'+0000'" })
        {
            SignedCall call = Call with { TimeHeaderFormat = format };
            await Refused(
                call,
                "IncompleteSignatureException",
                $"Date must be in ISO-8601 'basic format'. Got "
                    + $"'{call.Time.ToString(format, System.Globalization.CultureInfo.InvariantCulture)}'. See "
                    + $"http://en.wikipedia.org/wiki/ISO_8601");
        }
    }

    [Fact]
    public async Task Header_WithWhiteSpaceAround_IsSignedAsWithout()
    {
        SignedCall call = Call with { More = [("x-amz-meta-note", "a b c")], Rewrite
            = static value => $"  {value.Replace(" ", "   ", StringComparison.Ordinal)}  " };
        Assert.Equal(200, (await call.SendAsync()).Status);
        await Refused(
            call with { Rewrite = static value => value.Replace(" ", "", StringComparison.Ordinal) },
            "InvalidSignatureException",
            Mismatch);
        await Refused(call with { Rewrite = static value => value.ToUpperInvariant() }, "InvalidSignatureException", Mismatch);
    }

    [Fact]
    public async Task Signature_WithItsPartsInAnyOrder_IsTaken()
    {
        SignedCall call = Call with
        {
            Spoil = static authorization => authorization.Split(' ', 2) is [var algorithm, var parts]
                ? $"{algorithm} {string.Join(',', parts.Split(", ").Reverse())}"
                : throw new InvalidOperationException(),
        };
        Assert.Equal(200, (await call.SendAsync()).Status);
    }

    [Fact]
    public Task Scope_OfAnotherDay_IsRefused() => Refused(
        Call with { ScopeDate = "20200101" },
        "InvalidSignatureException",
        null,
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20200101' != ");

    [Fact]
    public Task Signature_Absent_IsRefused() =>
        Refused(Call with { Spoil = static _ => "" }, "MissingAuthenticationTokenException", "Missing Authentication Token");

    [Fact]
    public Task Signature_Incomplete_IsRefused() => Refused(
        Call with { Spoil = static authorization => authorization[..authorization.IndexOf(", Signature", StringComparison.Ordinal)] },
        "IncompleteSignatureException",
        "Authorization header requires 'Signature' parameter.");

    [Fact]
    public Task Signature_OfSigV4a_IsRefused() => Refused(
        Call with { Spoil = static authorization => authorization.Replace(
            "AWS4-HMAC-SHA256",
            "AWS4-ECDSA-P256-SHA256",
            StringComparison.Ordinal) },
        "IncompleteSignatureException",
        "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'. Sign with AWS4-HMAC-SHA256, for one Region.");

    [Fact]
    public async Task AccessKey_Removed_IsRefusedAtOnce()
    {
        NewAccessKey bob = endpoint.Engine.AccessKeys.Create("arn:aws:iam::111122223333:user/bob");
        SignedCall call = Call with { AccessKeyId = bob.AccessKeyId, Secret = bob.SecretAccessKey };
        Assert.Equal(200, (await call.SendAsync()).Status);

        Assert.True(endpoint.Engine.AccessKeys.Remove(bob.AccessKeyId));
        await Refused(call, "UnrecognizedClientException", "The security token included in the request is invalid.");

        endpoint.Engine.AccessKeys.Add(bob.AccessKeyId, "another secret");
        await Refused(call, "InvalidSignatureException", Mismatch);
        Assert.Equal(200, (await (call with { Secret = "another secret" }).SendAsync()).Status);
    }

    private static async Task Refused(SignedCall call, string code, string? message, string? beginning = null)
    {
        (int status, string body, _) = await call.SendAsync();

        using JsonDocument error = JsonDocument.Parse(body);
        Assert.Equal((400, code), (status, error.RootElement.GetProperty("__type").GetString()));
        string? actual = error.RootElement.GetProperty("message").GetString();
        if (message is not null)
        {
            Assert.Equal(message, actual);
        }
        else
        {
            Assert.StartsWith(beginning!, actual);
        }
    }
}
