using System.Xml.Linq;
using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>The protocol of AWS STS, by the call that needs no permission.</summary>
[OnEveryStore]
public sealed class StsTests(EndpointFixture endpoint) : IClassFixture<EndpointFixture>
{
    private const string Form = "application/x-www-form-urlencoded";
    private const string Parameters = "Action=GetCallerIdentity&Version=2011-06-15";
    private const string UnknownToken = "The security token included in the request is invalid.";
    private const string Mismatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing "
            + "method. Consult the service documentation for details.";

    private static readonly XNamespace Namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

    private SignedCall Call =>
        new() { Endpoint = endpoint, Operation = "", HasTarget = false, Service = "sts", ContentType = Form, Body = Parameters };

    [Fact]
    public async Task GetCallerIdentity_Signed_GetsTheXmlOfAws()
    {
        (int status, string body, HttpResponseMessage response) = await Call.SendAsync();

        string requestId = response.Headers.GetValues("x-amzn-RequestId").Single();
        Assert.Equal((200, "text/xml"), (status, response.Content.Headers.ContentType!.ToString()));
        Assert.Equal(
            $"""
            <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
              <GetCallerIdentityResult>
                <Arn>arn:aws:iam::111122223333:user/alice</Arn>
                <UserId>AIDAXYDN7IBDLKQVIMBW5</UserId>
                <Account>111122223333</Account>
              </GetCallerIdentityResult>
              <ResponseMetadata>
                <RequestId>{requestId}</RequestId>
              </ResponseMetadata>
            </GetCallerIdentityResponse>
            """,
            body,
            ignoreLineEndingDifferences: true);
    }

    [Theory]
    [InlineData("arn:aws:iam::111122223333:root", "111122223333")]
    [InlineData("arn:aws:iam::111122223333:user/bob", "AIDA5TDURUGEFIRCAQ5ZD")]
    [InlineData("arn:aws:iam::111122223333:user/team/bob", "AIDAGU6FBAQ4DTA7UR2KQ")]
    [InlineData("arn:aws:iam::111122223333:role/deploy", "AROAYGBJIVITKB45U677D")]
    [InlineData("arn:aws:iam::111122223333:role/team/deploy", "AROAYGBJIVITKB45U677D")]
    [InlineData("arn:aws:sts::111122223333:assumed-role/deploy/ci", "AROAYGBJIVITKB45U677D:ci")]
    [InlineData("arn:aws:sts::111122223333:federated-user/carol", "111122223333:carol")]
    public async Task GetCallerIdentity_EachPrincipal_HasItsOwnId(string arn, string userId)
    {
        NewAccessKey accessKey = endpoint.Engine.AccessKeys.Create(arn);

        (int status, string body, _) = await (Call with { AccessKeyId = accessKey.AccessKeyId, Secret = accessKey.SecretAccessKey })
            .SendAsync();

        XElement result = XElement.Parse(body).Element(Namespace + "GetCallerIdentityResult")!;
        Assert.Equal((200, arn, userId, "111122223333"), (status, Text(result, "Arn"), Text(result, "UserId"), Text(result, "Account")));
    }

    [Theory]
    [InlineData("?Action=GetCallerIdentity&Version=2011-06-15", "Action=GetCallerIdentity&Version=2011-06-15", "")]
    [InlineData("?Version=2011-06-15&Action=GetCallerIdentity", "Action=GetCallerIdentity&Version=2011-06-15", "")]
    [InlineData("?Version=2011%2d06%2D15", "Version=2011-06-15", "Action=GetCallerIdentity")]
    [InlineData("?b=%c3%a4+c*&B=&a=2&a=1&n", "B=&a=1&a=2&b=%C3%A4%20c%2A&n=", "Version=2011%2D06-15&Action=Get%43allerIdentity")]
    public async Task GetCallerIdentity_ParametersInTheQueryString_AreTaken(string query, string canonical, string body)
    {
        SignedCall call = Call with { Query = query, CanonicalQuery = canonical, Body = body };

        Assert.Equal(200, (await call.SendAsync()).Status);
        await Refused(call with { Query = query + "&z=1" }, 403, "SignatureDoesNotMatch", Mismatch);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded; charset=utf-8")]
    [InlineData("Application/X-WWW-Form-Urlencoded")]
    public async Task GetCallerIdentity_ContentTypeInAnySpelling_IsTaken(string contentType) =>
        Assert.Equal(200, (await (Call with { ContentType = contentType }).SendAsync()).Status);

    [Fact]
    public async Task GetCallerIdentity_InAnyRegion_IsAnswered() => Assert.Equal(200, (await (Call with { Region = "eu-central-1" }).SendAsync()).Status);

    [Fact]
    public async Task GetCallerIdentity_Done_LeavesNoEvent()
    {
        int before = endpoint.Engine.FindEvents(new EventQuery()).Count();

        Assert.Equal(200, (await Call.SendAsync()).Status);
        Assert.Equal(403, (await (Call with { Secret = "wrong" }).SendAsync()).Status);

        Assert.Equal(before, endpoint.Engine.FindEvents(new EventQuery()).Count());
    }

    [Theory]
    [InlineData("Action=AssumeRoleWithSAML&Version=2011-06-15", "Could not find operation AssumeRoleWithSAML for version 2011-06-15")]
    [InlineData("Action=getcalleridentity&Version=2011-06-15", "Could not find operation getcalleridentity for version 2011-06-15")]
    [InlineData("Action=GetCallerIdentity&Version=2011-06-16", "Could not find operation GetCallerIdentity for version 2011-06-16")]
    [InlineData("Action=GetCallerIdentity", "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED")]
    [InlineData("Action=ListRoles&Version=2010-05-08", "Could not find operation ListRoles for version 2010-05-08")]
    [InlineData("Action=%3Cx%3E%26%00&Version=%22", "Could not find operation <x>&\uFFFD for version \"")]
    public async Task Action_OfAnotherName_IsUnknownWhoeverSigns(string parameters, string message)
    {
        await Refused(Call with { Body = parameters }, 400, "InvalidAction", message);
        await Refused(Call with { Body = parameters, Spoil = static _ => "" }, 400, "InvalidAction", message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Version=2011-06-15")]
    [InlineData("""{"KeyId":"alias/a"}""")]
    public Task Action_Absent_IsRefused(string parameters) =>
        Refused(Call with { Body = parameters }, 400, "MissingAction", "Missing Action");

    [Fact]
    public Task AccessKey_Unknown_IsRefused() =>
        Refused(Call with { AccessKeyId = "AKIAAAAAAAAAAAAAAAAA" }, 403, "InvalidClientTokenId", UnknownToken);

    [Fact]
    public Task SessionToken_OfAnotherStore_IsRefused() =>
        Refused(Call with { More = [("x-amz-security-token", "token")] }, 403, "InvalidClientTokenId", UnknownToken);

    [Fact]
    public Task Secret_Wrong_IsRefused() => Refused(Call with { Secret = "wrong" }, 403, "SignatureDoesNotMatch", Mismatch);

    [Fact]
    public Task Body_OtherThanTheSignedOne_IsRefused() =>
        Refused(Call with { SentBody = Parameters + "&a=b" }, 403, "SignatureDoesNotMatch", Mismatch);

    [Fact]
    public Task Signature_Expired_IsRefused() => Refused(
        Call with { Time = new DateTime(
            2026,
            1,
            2,
            3,
            4,
            5,
            DateTimeKind.Utc) }, 403, "SignatureDoesNotMatch", "Signature expired: 20260102T030405Z is now earlier than ");

    [Fact]
    public Task Signature_Absent_IsRefused() =>
        Refused(Call with { Spoil = static _ => "" }, 403, "MissingAuthenticationToken", "Request is missing Authentication Token");

    [Fact]
    public Task Signature_Incomplete_IsRefused() => Refused(
        Call with { Spoil = static authorization => authorization[..authorization.IndexOf(", Signature", StringComparison.Ordinal)] },
        400,
        "IncompleteSignature",
        "Authorization header requires 'Signature' parameter.");

    [Fact]
    public Task Signature_InTheQuery_GetsWhereItBelongs() => Refused(
        Call with { Query = "?X-Amz-Signature=00" }, 400, "IncompleteSignature", "Signatures in the query string are not supported: sign "
            + "with an Authorization header.");

    [Fact]
    public async Task Body_OfAMiB_IsTaken() =>
        Assert.Equal(200, (await (Call with { Body = (Parameters + "&a=").PadRight(1024 * 1024, 'a') }).SendAsync()).Status);

    [Fact]
    public async Task Body_OfAStranger_IsReadUpTo4KiB()
    {
        SignedCall unsigned = Call with { Spoil = static _ => "" };
        await Refused(unsigned with { Body = (Parameters + "&a=").PadRight(4096, 'a') }, 403, "MissingAuthenticationToken", "Request is missing");
        await Refused(
            unsigned with { Body = (Parameters + "&a=").PadRight(4097, 'a') }, 413, "RequestEntityTooLarge", "The body is longer than 4096 bytes.");
    }

    [Fact]
    public async Task Signature_ForTheOtherService_IsRefused()
    {
        await Refused(
            Call with { Service = "kms" },
            403,
            "SignatureDoesNotMatch",
            "Credential should be scoped to correct service: 'sts'.");
        SignedCall kms = new() { Endpoint = endpoint, Operation = "ListKeys" };
        Assert.Equal(200, (await kms.SendAsync()).Status);

        (int status, string body, _) = await (kms with { Service = "sts" }).SendAsync();

        Assert.Equal(
            (400, """{"__type":"InvalidSignatureException","message":"Credential should be scoped to correct service: 'kms'."}"""),
            (status, body));

        // The same again with the service renamed in the scope: the key that signed is still that of the other one.
        await Refused(
            Call with { Service = "kms", Spoil = static authorization => authorization.Replace(
                "/kms/",
                "/sts/",
                StringComparison.Ordinal) },
            403,
            "SignatureDoesNotMatch",
            Mismatch);
    }

    [Fact]
    public async Task Call_WithATarget_IsOneOfAwsKms()
    {
        (int status, string body, _) = await (Call with { Operation = "ListKeys", HasTarget = true }).SendAsync();

        Assert.Equal(
            (415, """{"__type":"UnknownOperationException","message":"The Content-Type must be application/x-amz-json-1.1."}"""),
            (status, body));
    }

    private static string Text(XElement parent, string name) => parent.Element(Namespace + name)!.Value;

    private static async Task Refused(SignedCall call, int status, string code, string beginning)
    {
        (int actual, string body, HttpResponseMessage response) = await call.SendAsync();

        XElement answer = XElement.Parse(body);
        XElement error = answer.Element(Namespace + "Error")!;
        Assert.Equal(
            (status, "text/xml", Namespace + "ErrorResponse", "Sender", code),
            (actual, response.Content.Headers.ContentType!.ToString(), answer.Name, Text(error, "Type"), Text(error, "Code")));
        Assert.StartsWith(beginning, Text(error, "Message"));
        Assert.Equal(response.Headers.GetValues("x-amzn-RequestId").Single(), Text(answer, "RequestId"));
    }
}
