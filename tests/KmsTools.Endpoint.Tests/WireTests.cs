using System.Text;
using System.Text.Json;
using KmsTools.Endpoint.Json;
using KmsTools.Http;
using KmsTools.Operations;

namespace KmsTools.Endpoint;

[OnEveryStore]
public sealed class WireTests(EndpointFixture endpoint) : IClassFixture<EndpointFixture>
{
    [Fact]
    public async Task Answer_WithDates_HasEpochSecondsAndNoAbsentMembers()
    {
        JsonElement key = (await OkAsync("CreateKey")).GetProperty("KeyMetadata");

        Assert.Equal(JsonValueKind.Number, key.GetProperty("CreationDate").ValueKind);
        double age = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0 - key.GetProperty("CreationDate").GetDouble();
        Assert.InRange(age, -1, 60);
        Assert.False(key.TryGetProperty("DeletionDate", out _));
        Assert.Equal("SYMMETRIC_DEFAULT", key.GetProperty("KeySpec").GetString());
    }

    [Fact]
    public async Task Request_WithBlobsAndUnknownMembers_IsReadAsBase64WithoutThem()
    {
        string keyId = await CreateKeyAsync();
        JsonElement encrypted = await OkAsync("Encrypt", $$$"""{"KeyId":"{{{keyId}}}","Plaintext":"aGVsbG8=","Surprise":{"a":[1]},"EncryptionContext":{"a":"b"}}""");
        string ciphertext = encrypted.GetProperty("CiphertextBlob").GetString()!;

        JsonElement decrypted = await OkAsync("Decrypt", $$$"""{"CiphertextBlob":"{{{ciphertext}}}","EncryptionContext":{"a":"b"}}""");

        Assert.Equal("aGVsbG8=", decrypted.GetProperty("Plaintext").GetString());
    }

    [Theory]
    [InlineData("\"AQID\"", "AQID")]
    [InlineData("\"\\u0041QID\"", "AQID")]
    [InlineData("\"AQ\\/\\/\"", "AQ//")]
    [InlineData("\"AQ==\"", "AQ==")]
    [InlineData("\"\"", "")]
    [InlineData("null", null)]
    public void Blob_InBase64_IsRead(string value, string? bytes)
    {
        EncryptRequest request = (EncryptRequest)KmsJson.Read(typeof(EncryptRequest), Encoding.UTF8.GetBytes($"{{\"Plaintext\":{value}}}"));
        Assert.Equal(bytes, request.Plaintext is null ? null : Convert.ToBase64String(request.Plaintext));
    }

    [Theory]
    [InlineData("\"AQ ID\"")]
    [InlineData("\" AQID\"")]
    [InlineData("\"AQID \"")]
    [InlineData("\"AQID\\n\"")]
    [InlineData("\"AQ\\u0020ID\"")]
    [InlineData("\"AQ=\"")]
    [InlineData("\"AQ\"")]
    [InlineData("\"AQ-_\"")]
    [InlineData("1")]
    [InlineData("[1]")]
    public void Blob_NotInBase64_IsRefused(string value)
    {
        CallException error = Assert.Throws<CallException>(
            () => KmsJson.Read(typeof(EncryptRequest), Encoding.UTF8.GetBytes($"{{\"Plaintext\":{value}}}")));
        Assert.Equal(("SerializationException", "The value at '$.Plaintext' cannot be read."), (error.ErrorCode, error.Message));
    }

    [Fact]
    public void AnswersWithObject_OfEachOperation_IsThatOfTheServiceModel()
    {
        ILookup<bool, string> names = OperationCatalog.All.Where(static operation => operation.ResponseType == typeof(EmptyResponse))
            .OrderBy(static operation => operation.Name, StringComparer.Ordinal).ToLookup(static operation => operation.AnswersWithObject, static operation => operation.Name);

        Assert.Equal(["ConnectCustomKeyStore", "DeleteCustomKeyStore", "DisconnectCustomKeyStore", "UpdateCustomKeyStore"], names[true]);
        Assert.Equal(
            [
                "CreateAlias", "DeleteAlias", "DisableKey", "DisableKeyRotation", "EnableKey", "EnableKeyRotation", "PutKeyPolicy", "RetireGrant", "RevokeGrant",
                "TagResource", "UntagResource", "UpdateAlias", "UpdateKeyDescription", "UpdatePrimaryRegion",
            ],
            names[false]);
        Assert.All(OperationCatalog.All.Where(static operation => operation.ResponseType != typeof(EmptyResponse)), static operation => Assert.True(operation.AnswersWithObject));
    }

    [Fact]
    public void Answer_ObjectWithoutMembers_IsAPairOfBraces()
    {
        using PooledBuffer body = new();
        KmsJson.Write(body, EmptyResponse.Instance);

        Assert.Equal("{}", Encoding.UTF8.GetString(body.WrittenSpan));
    }

    [Fact]
    public async Task Answer_OfAnOperationWithoutOutput_IsAnEmptyBody()
    {
        string keyId = await CreateKeyAsync();

        (int status, string body, HttpResponseMessage response) = await Call("DisableKey", $$"""{"KeyId":"{{keyId}}"}""").SendAsync();

        Assert.Equal((200, "", 0), (status, body, response.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task Answer_Any_HasTheContentTypeOfTheProtocolAndIsNotCached()
    {
        (_, _, HttpResponseMessage response) = await Call("ListKeys").SendAsync();

        Assert.Equal("application/x-amz-json-1.1", response.Content.Headers.ContentType!.ToString());
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.True(Guid.TryParse(response.Headers.GetValues("x-amzn-RequestId").Single(), out _));
    }

    [Theory]
    [InlineData("""{"Limit":"ten"}""")]
    [InlineData("""{"Limit":1.5}""")]
    [InlineData("""{"Limit":99999999999}""")]
    [InlineData("""{"Limit":[]}""")]
    [InlineData("""{"Marker":7}""")]
    [InlineData("""{"Limit":1,"Limit":2}""")]
    [InlineData("""{"Limit":1""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("{} {}")]
    public Task Request_WithWrongTypes_IsASerializationException(string body) => RefusedAsync("ListKeys", body, 400, "SerializationException");

    [Theory]
    [InlineData("""{"Plaintext":"***"}""")]
    [InlineData("""{"Plaintext":[1,2]}""")]
    [InlineData("""{"EncryptionContext":{"a":null}}""")]
    [InlineData("""{"EncryptionContext":{"a":1}}""")]
    [InlineData("""{"EncryptionContext":{"a":"1","a":"2"}}""")]
    [InlineData("""{"EncryptionContext":["a"]}""")]
    [InlineData("""{"KeyId":"\ud800"}""")]
    [InlineData("""{"DryRun":"true"}""")]
    public Task Request_WithWrongBlobsMapsAndTexts_IsASerializationException(string body) => RefusedAsync("Encrypt", body, 400, "SerializationException");

    [Fact]
    public async Task Request_WithViolations_GetsTheTextOfAws()
    {
        JsonElement error = await RefusedAsync("Encrypt", "{}", 400, "ValidationException");

        Assert.Equal(
            "2 validation errors detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null; Value at "
                + "'plaintext' failed to satisfy constraint: Member must not be null",
            error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Error_WithoutMessage_HasNoMember()
    {
        JsonElement error = await RefusedAsync("Decrypt", """{"CiphertextBlob":"AAAA"}""", 400, "InvalidCiphertextException");

        Assert.False(error.TryGetProperty("message", out _));
    }

    [Fact]
    public Task Operation_Unknown_IsAnUnknownOperationException() => RefusedAsync("NoSuchThing", "{}", 400, "UnknownOperationException");

    [Fact]
    public async Task Request_WithAnotherPathMethodOrProtocol_IsRefused()
    {
        using HttpClient http = new();
        foreach (HttpRequestMessage request in new[]
        {
            new HttpRequestMessage(HttpMethod.Get, endpoint.Url + "/"),
            new HttpRequestMessage(HttpMethod.Post, endpoint.Url + "/elsewhere"),
            new HttpRequestMessage(HttpMethod.Post, endpoint.Url + "/?Action=ListKeys"),
            new HttpRequestMessage(HttpMethod.Post, endpoint.Url + "/service/TrentService/operation/ListKeys"),
        })
        {
            HttpResponseMessage response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Equal(404, (int)response.StatusCode);
            Assert.Contains("\"UnknownOperationException\"", body);
        }
    }

    [Fact]
    public async Task Health_OfAServedStore_IsReported()
    {
        using HttpClient http = new();
        Assert.Equal("""{"status":"ok"}""", await http.GetStringAsync(endpoint.Url + "/healthz", TestContext.Current.CancellationToken));
    }

    private SignedCall Call(string operation, string body = "{}") => new() { Endpoint = endpoint, Operation = operation, Body = body };

    private async Task<string> CreateKeyAsync() => (await OkAsync("CreateKey")).GetProperty("KeyMetadata").GetProperty("KeyId").GetString()!;

    private async Task<JsonElement> OkAsync(string operation, string body = "{}")
    {
        (int status, string answer, _) = await Call(operation, body).SendAsync();
        Assert.True(status == 200, answer);
        return JsonElement.Parse(answer);
    }

    private async Task<JsonElement> RefusedAsync(string operation, string body, int status, string code)
    {
        (int actual, string answer, _) = await Call(operation, body).SendAsync();
        JsonElement error = JsonElement.Parse(answer);
        Assert.Equal((status, code), (actual, error.GetProperty("__type").GetString()));
        return error;
    }
}
