using System.Security.Cryptography;
using System.Text;
using KmsTools.Http;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>What proxies receive ("XKS proxy API specification" 1.0.3).</summary>
public sealed class RequestTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 23, 59, 58, TimeSpan.Zero);

    [Fact]
    public async Task GetHealthStatus_Any_NamesNoCaller()
    {
        SeenRequest request = await SeenAsync(static (client, target) => client.GetHealthStatus(target, Calls.Metadata));

        Assert.Equal(("POST", "/example/kms/xks/v1/health"), (request.Method, request.Path));
        Assert.Equal(
            """{"requestMetadata":{"kmsOperation":"Encrypt","kmsRequestId":"4112f4d6-db54-4af4-ae30-c55a22a8dfae"}}""", request.Text);
    }

    [Fact]
    public async Task GetKeyMetadata_WithoutKey_HasTheOtherMembers()
    {
        XksRequestMetadata metadata = new()
        {
            KmsOperation = "CreateKey",
            KmsRequestId = "1",
            AwsPrincipalArn = "arn:aws:iam::123456789012:user/Zoë \"<&>",
            AwsSourceVpc = "vpc-1",
            AwsSourceVpce = "vpce-1",
            KmsViaService = "ebs.us-east-2.amazonaws.com",
        };

        SeenRequest request = await SeenAsync((client, target) => client.GetKeyMetadata(target, "a_B-9.c..d", metadata));

        Assert.Equal("/example/kms/xks/v1/keys/a_B-9.c..d/metadata", request.Path);
        Assert.Equal(
            """{"requestMetadata":{"awsPrincipalArn":"arn:aws:iam::123456789012:user/Zoë \"<&>","awsSourceVpc":"vpc-1","awsSourceVpce":"vpce-1","kmsOperation":"CreateKey","kmsRequestId":"1","kmsViaService":"ebs.us-east-2.amazonaws.com"}}""",
            request.Text);
    }

    [Fact]
    public async Task Encrypt_WithAdditionalData_AsksForItsIntegrity()
    {
        SeenRequest request = await SeenAsync(static (client, target) => Calls.Encrypt(client, target));

        Assert.Equal("/example/kms/xks/v1/keys/key-1/encrypt", request.Path);
        Assert.Equal(
            """{"requestMetadata":{"awsPrincipalArn":"arn:aws:iam::123456789012:user/Alice","kmsKeyArn":"arn:aws:kms:us-east-2:123456789012:/key/1234abcd-12ab-34cd-56ef-1234567890ab","kmsOperation":"Encrypt","kmsRequestId":"4112f4d6-db54-4af4-ae30-c55a22a8dfae"},"additionalAuthenticatedData":"cHJvamVjdD1uaWxlLGRlcGFydG1lbnQ9bWFya2V0aW5n","plaintext":"V2hhdCB0aGUgbWF0ZXJpYWwgb2YgdGhlIEtNUyBrZXkgaGFzIGVuY3J5cHRlZA==","encryptionAlgorithm":"AES_GCM","ciphertextDataIntegrityValueAlgorithm":"SHA_256"}""",
            request.Text);
    }

    [Fact]
    public async Task Decrypt_WithAllParts_SendsThemBack()
    {
        XksCiphertext ciphertext = new(new byte[] { 0xfb, 0xff }, new byte[12], new byte[16], "v1"u8.ToArray());
        await using ScriptedProxy proxy = new(200, """{"plaintext":"AAA="}""");
        using XksClient client = new();

        Assert.Equal([0, 0], client.Decrypt(proxy.Target(), Calls.KeyId, Calls.Metadata, ciphertext, Calls.AdditionalData));
        Assert.Equal(
            [0, 0], client.Decrypt(proxy.Target(), Calls.KeyId, Calls.Metadata, ciphertext with { Metadata = default }, default));

        const string metadata =
            """{"requestMetadata":{"awsPrincipalArn":"arn:aws:iam::123456789012:user/Alice","kmsKeyArn":"arn:aws:kms:us-east-2:123456789012:/key/1234abcd-12ab-34cd-56ef-1234567890ab","kmsOperation":"Encrypt","kmsRequestId":"4112f4d6-db54-4af4-ae30-c55a22a8dfae"},""";
        SeenRequest[] requests = [.. proxy.Requests];
        Assert.Equal("/example/kms/xks/v1/keys/key-1/decrypt", requests[0].Path);
        Assert.Equal(
            metadata + "\"" + """additionalAuthenticatedData":"cHJvamVjdD1uaWxlLGRlcGFydG1lbnQ9bWFya2V0aW5n","ciphertext":"+/8=","initializationVector":"AAAAAAAAAAAAAAAA","authenticationTag":"AAAAAAAAAAAAAAAAAAAAAA==","ciphertextMetadata":"djE=","encryptionAlgorithm":"AES_GCM"}""",
            requests[0].Text);
        Assert.Equal(
            metadata + "\"" + """ciphertext":"+/8=","initializationVector":"AAAAAAAAAAAAAAAA","authenticationTag":"AAAAAAAAAAAAAAAAAAAAAA==","encryptionAlgorithm":"AES_GCM"}""",
            requests[1].Text);
    }

    [Fact]
    public async Task Request_Any_IsSignedForItsDayAndHasNoOtherHeaders()
    {
        FixedClock clock = new(Now);
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync);
        XksProxyTarget target = proxy.Target();
        using XksClient client = new(clock);

        Calls.Health(client, target);
        Calls.Encrypt(client, target);
        clock.Now = Now.AddSeconds(3);
        Calls.Health(client, target);
        clock.Now = Now.AddDays(2);
        Calls.Health(client, target);

        SeenRequest[] requests = [.. proxy.Requests];
        Assert.Equal(["20261128T235958Z", "20261128T235958Z", "20261129T000001Z", "20261130T235958Z"], requests.Select(static r => r.Header("x-amz-date")));
        foreach (SeenRequest request in requests)
        {
            Assert.Equal(
                ["authorization", "content-length", "content-type", "host", "x-amz-date"], request.Headers.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(("proxy.kms.test", "application/json"), (request.Header("host"), request.Header("content-type")));
        }

        clock.Now = Now.AddSeconds(4);
        Verify(requests[0], clock, "20261128");
        Verify(requests[1], clock, "20261128");
        Verify(requests[2], clock, "20261129");
        Assert.Throws<SignatureException>(() => Verify(requests[1] with { Body = requests[0].Body }, clock, "20261128"));
        clock.Now = Now.AddDays(2);
        Verify(requests[3], clock, "20261130");
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    public async Task KeyId_ThatWouldChangeThePath_IsNotFoundWithoutARequest(string keyId)
    {
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync);
        using XksClient client = new();
        XksCiphertext ciphertext = new(new byte[1], new byte[12], new byte[16], default);

        Assert.All(
            new Action[]
            {
                () => client.GetKeyMetadata(proxy.Target(), keyId, Calls.Metadata),
                () => client.Encrypt(proxy.Target(), keyId, Calls.Metadata, default, default),
                () => client.Decrypt(proxy.Target(), keyId, Calls.Metadata, ciphertext, default),
            },
            static call => Assert.Equal(XksFailure.KeyNotFound, Calls.Failure(call).Failure));

        Assert.Equal((0, 0), (proxy.Connections, proxy.Requests.Count));
    }

    [Fact]
    public async Task Path_WithDoubledSlashes_IsSentAsItIsAndSigned()
    {
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync);
        XksProxyTarget good = proxy.Target();
        XksProxyTarget target = new()
        {
            CustomKeyStoreId = good.CustomKeyStoreId,
            Host = good.Host,
            UriPath = "//a//kms/xks/v1",
            Region = good.Region,
            Credential = good.Credential,
            Address = good.Address,
            Port = good.Port,
            TrustAnchors = good.TrustAnchors,
            Timeout = good.Timeout,
        };
        using XksClient client = new();

        client.GetKeyMetadata(target, "...", Calls.Metadata);

        Assert.True(proxy.Requests.TryDequeue(out SeenRequest? request));
        Assert.Equal("//a//kms/xks/v1/keys/.../metadata", request.Path);
        Verify(request, TimeProvider.System, request.Header("x-amz-date")![..8]);
    }

    private static void Verify(SeenRequest request, TimeProvider clock, string date)
    {
        SignatureVerifier verifier = new("kms-xks-proxy", clock);
        SignatureClaim claim = verifier.Parse(request.Header("authorization"));
        Assert.Equal((ScriptedProxy.AccessKeyId, new CredentialScope(date, "eu-central-1", "kms-xks-proxy")), (claim.AccessKeyId, claim.Scope));
        Assert.Equal(["host", "x-amz-date"], claim.SignedHeaders);
        string time = verifier.VerifyHead(request, claim);
        using SigningKey key = SigningKey.Derive(Encoding.ASCII.GetBytes(ScriptedProxy.Secret), claim.Scope);
        SignatureVerifier.Verify(request, claim, time, key, SHA256.HashData(request.Body));
    }

    private static async Task<SeenRequest> SeenAsync(Action<XksClient, XksProxyTarget> call)
    {
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync);
        using XksClient client = new();
        call(client, proxy.Target());
        return Assert.Single(proxy.Requests);
    }
}
