using System.Text.Json;
using System.Xml.Linq;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using KmsTools.Auditing;
using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>Temporary credentials over HTTP: how STS issues them, and what is signed with them.</summary>
[OnEveryStore]
public sealed class SessionsTests(EndpointFixture endpoint) : IClassFixture<EndpointFixture>
{
    private const string RoleArn = "arn:aws:iam::111122223333:role/app/deploy";
    private const string SessionArn = "arn:aws:sts::111122223333:assumed-role/deploy/ci";
    private const string Trust = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:*"}}""";
    private const string Keys = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}""";

    private static readonly XNamespace Namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

    [Fact]
    public async Task AssumeRole_answers_with_the_XML_of_AWS()
    {
        Principal role = Role();
        (int status, string body, HttpResponseMessage response) = await Sts(
            $"Action=AssumeRole&RoleArn={RoleArn}&RoleSessionName=ci&DurationSeconds=900&SourceIdentity=carol"
                + "&Tags.member.1.Key=team&Tags.member.1.Value=red&Tags.member.2.Key=cost&Tags.member.2.Value=&TransitiveTagKeys.member.1=team")
            .SendAsync();

        Assert.Equal(200, status);
        XElement credentials = XElement.Parse(body).Descendants(Namespace + "Credentials").Single();
        string Of(string name) => credentials.Element(Namespace + name)!.Value;
        Assert.Equal(
            $"""
            <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
              <AssumeRoleResult>
                <Credentials>
                  <AccessKeyId>{Of("AccessKeyId")}</AccessKeyId>
                  <SecretAccessKey>{Of("SecretAccessKey")}</SecretAccessKey>
                  <SessionToken>{Of("SessionToken")}</SessionToken>
                  <Expiration>{Of("Expiration")}</Expiration>
                </Credentials>
                <AssumedRoleUser>
                  <AssumedRoleId>{role.UniqueId}:ci</AssumedRoleId>
                  <Arn>{SessionArn}</Arn>
                </AssumedRoleUser>
                <PackedPolicySize>1</PackedPolicySize>
                <SourceIdentity>carol</SourceIdentity>
              </AssumeRoleResult>
              <ResponseMetadata>
                <RequestId>{response.Headers.GetValues("x-amzn-RequestId").Single()}</RequestId>
              </ResponseMetadata>
            </AssumeRoleResponse>
            """,
            body,
            ignoreLineEndingDifferences: true);
        Assert.InRange(DateTimeOffset.Parse(Of("Expiration")) - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(15));
        Caller caller = endpoint.Engine.Authenticator.Find(Of("AccessKeyId"), Of("SessionToken")).ToCaller();
        Assert.Equal(["cost=", "team=red"], caller.Session!.Tags.Select(static tag => $"{tag.Key}={tag.Value}"));
        Assert.Equal(["team"], caller.Session.TransitiveTagKeys);
    }

    [Fact]
    public async Task The_other_operations_answer_with_the_XML_of_AWS()
    {
        XElement session = await ResultAsync("Action=GetSessionToken");
        Assert.Equal(["Credentials"], session.Elements().Select(static element => element.Name.LocalName));

        XElement federated = await ResultAsync("Action=GetFederationToken&Name=bob&Policy=" + Uri.EscapeDataString(Keys));
        Assert.Equal(
            ["Credentials", "FederatedUser", "PackedPolicySize"], federated.Elements().Select(static element => element.Name.LocalName));
        Assert.Equal(
            "111122223333:bob arn:aws:sts::111122223333:federated-user/bob",
            string.Join(' ', federated.Element(Namespace + "FederatedUser")!.Elements().Select(static element => element.Value)));
    }

    [Theory]
    [InlineData("Action=AssumeRole&RoleSessionName=ci&RoleArn=arn:aws:iam::111122223333:role/none", 403, "AccessDenied",
        "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole on resource: "
            + "arn:aws:iam::111122223333:role/none")]
    [InlineData("Action=AssumeRole&RoleSessionName=ci", 400, "ValidationError",
        "1 validation error detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null")]
    [InlineData("Action=GetSessionToken&DurationSeconds=x", 400, "MalformedInput", "DurationSeconds is not a whole number.")]
    [InlineData("Action=GetFederationToken&Name=bob&Tags.member.1.Value=v", 400, "ValidationError",
        "1 validation error detected: Value null at 'tags.1.member.key' failed to satisfy constraint: Member must not be null")]
    public async Task Errors_are_those_of_STS(string parameters, int status, string code, string message)
    {
        (int actual, string body, _) = await Sts(parameters).SendAsync();
        XElement error = XElement.Parse(body).Element(Namespace + "Error")!;
        Assert.Equal(
            (status, "Sender", code, message),
            (actual, error.Element(Namespace + "Type")!.Value, error.Element(Namespace + "Code")!.Value,
                error.Element(Namespace + "Message")!.Value));
    }

    [Fact]
    public async Task Calls_with_a_session_token_are_made_by_the_session()
    {
        Role();
        TemporaryCredentials credentials = endpoint.Engine.Sts.AssumeRole(
            new KmsTools.Sts.AssumeRoleRequest { RoleArn = RoleArn, RoleSessionName = "ci" }).Credentials;

        using AmazonKeyManagementServiceClient client = new(
            new SessionAWSCredentials(credentials.AccessKeyId, credentials.SecretAccessKey, credentials.SessionToken),
            new AmazonKeyManagementServiceConfig
            {
                ServiceURL = endpoint.Url,
                AuthenticationRegion = EndpointFixture.Region,
                MaxErrorRetry = 0,
            });
        CreateKeyResponse key = await client.CreateKeyAsync(new CreateKeyRequest(), TestContext.Current.CancellationToken);

        AuditEvent record = endpoint.Engine.FindEvents(new EventQuery { EventName = "CreateKey", KeyId = key.KeyMetadata.KeyId }).Single();
        Assert.Equal(
            ("AssumedRole", SessionArn, credentials.AccessKeyId),
            (record.UserIdentity["type"], record.UserIdentity["arn"], record.UserIdentity["accessKeyId"]));
        (int status, string body, _) = await Signed(
            credentials, new SignedCall { Endpoint = endpoint, Operation = "", HasTarget = false, Service = "sts", ContentType = Form, Body
            = "Action=GetCallerIdentity&Version=2011-06-15" }).SendAsync();
        Assert.Equal((200, SessionArn), (status, XElement.Parse(body).Descendants(Namespace + "Arn").Single().Value));
    }

    [Fact]
    public async Task Tokens_are_part_of_what_is_signed()
    {
        TemporaryCredentials credentials = Session(900);
        SignedCall call = Signed(credentials, new SignedCall { Endpoint = endpoint, Operation = "ListKeys" });
        Assert.Equal(200, (await call.SendAsync()).Status);
        await Refused(
            call with { Unsigned = ["x-amz-security-token"] },
            "InvalidSignatureException",
            "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization.");
        await Refused(call with { Secret = endpoint.Alice.SecretAccessKey }, "InvalidSignatureException", null);
        const string invalid = "The security token included in the request is invalid.";
        await Refused(call with { More = [] }, "UnrecognizedClientException", invalid);
        await Refused(call with { More = [("x-amz-security-token", "")] }, "UnrecognizedClientException", invalid);
        await Refused(
            call with { More = [("x-amz-security-token", Session(900).SessionToken)] }, "UnrecognizedClientException", invalid);
        await Refused(
            call with { AccessKeyId = endpoint.Alice.AccessKeyId, Secret = endpoint.Alice.SecretAccessKey },
            "UnrecognizedClientException",
            invalid);
    }

    private const string Form = "application/x-www-form-urlencoded";

    // The classes of tests share the role.
    private Principal Role() => endpoint.Engine.Principals.Find(PrincipalType.Role, "deploy") ?? endpoint.Engine.Principals.Create(
        PrincipalType.Role,
        "deploy",
        new PrincipalSettings { Path = "/app/", TrustPolicy = Trust, Policies = new Dictionary<string, string> { ["keys"] = Keys } });

    private TemporaryCredentials Session(int seconds) => endpoint.Engine.Sts.GetSessionToken(
        new KmsTools.Sts.GetSessionTokenRequest { DurationSeconds = seconds }).Credentials;

    private static SignedCall Signed(TemporaryCredentials credentials, SignedCall call) => call with
    {
        AccessKeyId = credentials.AccessKeyId,
        Secret = credentials.SecretAccessKey,
        More = [("x-amz-security-token", credentials.SessionToken)],
    };

    private SignedCall Sts(string parameters) => new()
    {
        Endpoint = endpoint,
        Operation = "",
        HasTarget = false,
        Service = "sts",
        ContentType = Form,
        Body = parameters + "&Version=2011-06-15",
    };

    private async Task<XElement> ResultAsync(string parameters)
    {
        (int status, string body, _) = await Sts(parameters).SendAsync();
        Assert.True(status == 200, body);
        return XElement.Parse(body).Elements().First();
    }

    private static async Task Refused(SignedCall call, string code, string? message)
    {
        (int status, string body, _) = await call.SendAsync();
        JsonElement error = JsonElement.Parse(body);
        Assert.Equal((400, code), (status, error.GetProperty("__type").GetString()));
        if (message is not null)
        {
            Assert.Equal(message, error.GetProperty("message").GetString());
        }
    }
}
