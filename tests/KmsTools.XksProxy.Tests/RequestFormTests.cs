using System.Text;
using System.Text.Json.Nodes;
using KmsTools.XksProxy.Labs;

namespace KmsTools.XksProxy;

/// <summary>What a request must look like, and what it may look like.</summary>
public sealed class RequestFormTests(ProxyLab lab) : IClassFixture<ProxyLab>
{
    private static readonly byte[] Plaintext = "sixteen bytes ok"u8.ToArray();

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{")]
    [InlineData("{\"requestMetadata\":{}")]
    [InlineData("{\"requestMetadata\":null}")]
    [InlineData("{\"requestMetadata\":[]}")]
    [InlineData("{'requestMetadata':{}}")]
    [InlineData("{\"requestMetadata\":{\"kmsRequestId\":\"a\"}}")]
    [InlineData("{\"requestMetadata\":{\"kmsOperation\":\"a\"}}")]
    [InlineData("{\"requestMetadata\":{\"kmsRequestId\":1,\"kmsOperation\":\"a\"}}")]
    [InlineData("{\"requestMetadata\":{\"kmsRequestId\":null,\"kmsOperation\":\"a\"}}")]
    [InlineData("{\"requestMetadata\":{\"kmsRequestId\":\"a\",\"kmsOperation\":\"a\"},}")]
    [InlineData("{\"requestMetadata\":{\"kmsRequestId\":\"a\",\"kmsOperation\":\"a\"}} {}")]
    [InlineData("{\"requestMetadata\":{\"kmsRequestId\":\"a\",\"kmsRequestId\":\"b\",\"kmsOperation\":\"a\"}}")]
    [InlineData("{\"requestMetadata\":{\"kmsRequestId\":\"\\ud800\",\"kmsOperation\":\"a\"}}")]
    [InlineData("{\"x\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}")]
    public async Task Health_WithoutWhatKmsSends_IsInvalid(string body) =>
        (await lab.SendAsync(new XksCall("health", body))).Is(400, "ValidationException");

    [Theory]
    [InlineData("{\"requestMetadata\":{\"kmsRequestId\":\"\",\"kmsOperation\":\"\"}}")]
    [InlineData("  {\"requestMetadata\" : {\"kmsRequestId\":\"a\",\"kmsOperation\":\"SomethingNew\",\"sourceIdentity\":{\"a\":[1]}},\"n\":1}\r\n")]
    [InlineData("{\"requestMetadata\":{\"kmsRequestId\":\"\\u0061\",\"\\u006bmsOperation\":\"a\",\"kmsKeyArn\":\"no ARN\"}}")]
    public async Task Health_WithMoreThanIsKnown_IsAnswered(string body) => (await lab.SendAsync(new XksCall("health", body))).Ok();

    [Theory]
    [InlineData("awsPrincipalArn")]
    [InlineData("kmsKeyArn")]
    [InlineData("kmsOperation")]
    [InlineData("kmsRequestId")]
    public async Task Encrypt_WithoutAMemberOfItsMetadata_IsInvalid(string member)
    {
        JsonObject body = XksBodies.Encrypt(Plaintext);
        Assert.True(body["requestMetadata"]!.AsObject().Remove(member));
        XksAnswer answer = (await lab.SendAsync(ProxyLab.Call("foo", "encrypt", body))).Is(400, "ValidationException");
        Assert.Contains(member, answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plaintext", "YWJ")]
    [InlineData("plaintext", "YWJj ")]
    [InlineData("plaintext", "YW Jj")]
    [InlineData("plaintext", "YWJjZB==")]
    [InlineData("plaintext", "YWJj-_==")]
    [InlineData("plaintext", "=")]
    [InlineData("additionalAuthenticatedData", "#")]
    [InlineData("additionalAuthenticatedData", "YW\\nJj")]
    [InlineData("encryptionAlgorithm", "AES_CBC")]
    [InlineData("encryptionAlgorithm", "aes_gcm")]
    [InlineData("encryptionAlgorithm", "")]
    [InlineData("ciphertextDataIntegrityValueAlgorithm", "SHA_512")]
    [InlineData("ciphertextDataIntegrityValueAlgorithm", "")]
    public async Task Encrypt_WithAWrongValue_IsInvalid(string member, string value)
    {
        JsonObject body = XksBodies.Encrypt(Plaintext);
        body[member] = value;
        (await lab.SendAsync(ProxyLab.Call("foo", "encrypt", body))).Is(400, "ValidationException");
    }

    [Theory]
    [InlineData("plaintext")]
    [InlineData("encryptionAlgorithm")]
    public async Task Encrypt_WithoutAMember_IsInvalid(string member)
    {
        JsonObject body = XksBodies.Encrypt(Plaintext);
        Assert.True(body.Remove(member));
        (await lab.SendAsync(ProxyLab.Call("foo", "encrypt", body))).Is(400, "ValidationException");
        body[member] = 1;
        (await lab.SendAsync(ProxyLab.Call("foo", "encrypt", body))).Is(400, "ValidationException");
        body[member] = null;
        (await lab.SendAsync(ProxyLab.Call("foo", "encrypt", body))).Is(400, "ValidationException");
    }

    [Theory]
    [InlineData("ciphertext")]
    [InlineData("initializationVector")]
    [InlineData("authenticationTag")]
    [InlineData("encryptionAlgorithm")]
    public async Task Decrypt_WithoutAMember_IsInvalid(string member)
    {
        JsonObject body = XksBodies.Decrypt((await lab.EncryptAsync("foo", Plaintext)).Ok());
        Assert.True(body.Remove(member));
        (await lab.SendAsync(ProxyLab.Call("foo", "decrypt", body))).Is(400, "ValidationException");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-amz-json-1.1")]
    [InlineData("application/jsonp")]
    public async Task ContentType_OtherThanJson_IsInvalid(string? type) =>
        (await lab.SendAsync(new XksCall("health", XksBodies.Health()) { ContentType = type })).Is(400, "ValidationException");

    [Fact]
    public async Task ContentType_WithParameters_IsJson() =>
        (await lab.SendAsync(new XksCall("health", XksBodies.Health()) { ContentType = "Application/JSON; charset=utf-8" })).Ok();

    [Fact]
    public async Task Metadata_OfLongTexts_IsAccepted()
    {
        JsonObject body = XksBodies.Encrypt(Plaintext);
        body["requestMetadata"]!["awsPrincipalArn"] = "arn:aws:iam::123456789012:role/" + new string('é', 2017);
        body["requestMetadata"]!["kmsKeyArn"] = new string('a', 2048);
        (await lab.SendAsync(ProxyLab.Call("foo", "encrypt", body))).Ok();
        Assert.Equal(2048, lab.Log.Last.PrincipalArn!.Length);
    }

    [Fact]
    public async Task Base64_WithEscapes_IsRead()
    {
        byte[] plaintext = [0xfb, 0xef, 0xbe, 0xff, 0xff, 0xff];
        string body = XksBodies.Encrypt(plaintext).ToJsonString();
        Assert.Contains("\\u002B\\u002B\\u002B\\u002B////", body, StringComparison.Ordinal);
        JsonNode encrypted = (await lab.SendAsync(
            new XksCall("keys/foo/encrypt", body.Replace("////", "\\/\\/\\/\\/", StringComparison.Ordinal)))).Ok();
        Assert.Equal(plaintext, (await lab.DecryptAsync("foo", encrypted)).Blob("plaintext"));
    }

    [Theory]
    [InlineData(4300, 8192, 200)]
    [InlineData(6144, 16_384, 200)]
    [InlineData(6145, 0, 501)]
    [InlineData(0, 16_385, 501)]
    [InlineData(40_000, 0, 501)]
    [InlineData(200_000, 0, 501)]
    public async Task Size_UpToTheLimits_IsServed(int plaintext, int aad, int status)
    {
        byte[] text = new byte[plaintext];
        text.AsSpan().Fill((byte)'t');
        byte[] data = new byte[aad];
        XksAnswer answer = await lab.EncryptAsync("foo", text, data, cdiv: true);
        if (status != 200)
        {
            answer.Is(status, "UnsupportedOperationException");
            return;
        }

        Assert.Equal(text, (await lab.DecryptAsync("foo", answer.Ok(), data)).Blob("plaintext"));
    }

    [Fact]
    public async Task Decrypt_OfTooLongACiphertext_IsUnsupported()
    {
        JsonObject body = XksBodies.Decrypt((await lab.EncryptAsync("foo", Plaintext)).Ok());
        body["ciphertext"] = Convert.ToBase64String(new byte[6145]);
        (await lab.SendAsync(ProxyLab.Call("foo", "decrypt", body))).Is(501, "UnsupportedOperationException");
    }

    [Fact]
    public async Task Body_InChunks_IsRead()
    {
        XksCall call = new("health", XksBodies.Health());
        using HttpRequestMessage message = call.ToMessage(lab.Address);
        message.Headers.TransferEncodingChunked = true;
        using HttpResponseMessage response = await lab.Client.SendAsync(message, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public async Task Errors_RepeatNothingOfTheRequest()
    {
        JsonObject body = XksBodies.Encrypt(Plaintext);
        body["plaintext"] = "this is a secret that must not come back";
        XksAnswer answer = (await lab.SendAsync(ProxyLab.Call("foo", "encrypt", body))).Is(400, "ValidationException");
        Assert.DoesNotContain("secret", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", lab.Log.Last.ToString(), StringComparison.Ordinal);
        byte[] notUtf8 = [.. Encoding.UTF8.GetBytes("{\"requestMetadata\":{\"kmsRequestId\":\""), 0xff, .. "\"}}"u8];
        Assert.Throws<Requests.XksException>(() => Requests.RequestMembers.Read(notUtf8));
    }
}
