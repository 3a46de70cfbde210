using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>Answers that are no success, over one connection to a proxy.</summary>
public sealed class ErrorTests : IAsyncLifetime
{
    private readonly XksClient _client = new();
    private readonly ScriptedProxy _proxy;
    private readonly XksProxyTarget _target;
    private (int Status, string Body, string Headers) _answer;

    public ErrorTests()
    {
        _proxy = new ScriptedProxy((_, stream) => ScriptedProxy.ReplyAsync(stream, _answer.Status, _answer.Body, _answer.Headers));
        _target = _proxy.Target();
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _proxy.DisposeAsync();
    }

    [Theory]
    [InlineData(400, "ValidationException", XksFailure.Validation)]
    [InlineData(400, "InvalidStateException", XksFailure.InvalidState)]
    [InlineData(400, "InvalidCiphertextException", XksFailure.InvalidCiphertext)]
    [InlineData(400, "InvalidKeyUsageException", XksFailure.InvalidKeyUsage)]
    [InlineData(401, "AuthenticationFailedException", XksFailure.AuthenticationFailed)]
    [InlineData(403, "AccessDeniedException", XksFailure.AccessDenied)]
    [InlineData(404, "KeyNotFoundException", XksFailure.KeyNotFound)]
    [InlineData(404, "InvalidUriPathException", XksFailure.InvalidUriPath)]
    [InlineData(429, "ThrottlingException", XksFailure.Throttling)]
    [InlineData(500, "InternalException", XksFailure.Internal)]
    [InlineData(501, "UnsupportedOperationException", XksFailure.UnsupportedOperation)]
    [InlineData(503, "DependencyTimeoutException", XksFailure.DependencyTimeout)]
    public void Error_OfTheApi_IsItsFailure(int status, string name, XksFailure failure)
    {
        string body = $$"""{"errorName":"{{name}}","errorMessage":"Because."}""";

        XksException exception = Answer(status, body);

        Assert.Equal(
            (failure, $"The proxy answered with {name} (HTTP status {status}).", "Because."),
            (exception.Failure, exception.Message, exception.ProxyMessage));

        // The name decides, whatever the status is.
        Assert.Equal(failure, Answer(418, body).Failure);
        Assert.Null(Answer(status, $$"""{"errorName":"{{name}}"}""").ProxyMessage);
        Assert.Equal(1, _proxy.Connections);
        Assert.Equal(3, _proxy.Requests.Count);
    }

    [Theory]
    [InlineData(400, XksFailure.Validation)]
    [InlineData(401, XksFailure.AuthenticationFailed)]
    [InlineData(403, XksFailure.AccessDenied)]
    [InlineData(404, XksFailure.InvalidUriPath)]
    [InlineData(405, XksFailure.InvalidResponse)]
    [InlineData(429, XksFailure.Throttling)]
    [InlineData(500, XksFailure.Internal)]
    [InlineData(501, XksFailure.UnsupportedOperation)]
    [InlineData(502, XksFailure.InvalidResponse)]
    [InlineData(503, XksFailure.DependencyTimeout)]
    public void Error_WithoutName_IsThatOfItsStatus(int status, XksFailure failure)
    {
        XksException exception = Answer(status, """{"message":"no"}""");

        Assert.Equal((failure, $"The proxy answered with HTTP status {status}, and without an errorName."), (exception.Failure, exception.Message));
    }

    [Theory]
    [InlineData(500, "<html>Internal Server Error</html>")]
    [InlineData(502, "")]
    [InlineData(429, "[]")]
    [InlineData(204, "")]
    [InlineData(201, "\"x\"")]
    [InlineData(401, "{")]
    public void Error_NotInJson_IsNoAnswer(int status, string body)
    {
        XksException exception = Answer(status, status == 204 ? "" : body);

        Assert.Equal(
            (XksFailure.InvalidResponse, $"The proxy answered with HTTP status {status}, and without an error of the XKS proxy API in JSON."),
            (exception.Failure, exception.Message));
        Assert.Single(_proxy.Requests);
    }

    [Theory]
    [InlineData("""{"errorName":"KmsThrottledException"}""")]
    [InlineData("""{"errorName":"keynotfoundexception"}""")]
    [InlineData("""{"errorName":404}""")]
    [InlineData("""{"errorName":null}""")]
    [InlineData("""{"errorName":"\ud800"}""")]
    public void Error_WithUnknownName_IsNoAnswer(string body)
    {
        XksException exception = Answer(404, body);

        Assert.Equal(
            (XksFailure.InvalidResponse, "The proxy answered with HTTP status 404, and an errorName that the XKS proxy API does not have."),
            (exception.Failure, exception.Message));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(307)]
    [InlineData(308)]
    public void Redirect_Any_IsNotFollowed(int status)
    {
        XksException exception = Answer(status, "", $"Location: https://{TestAuthority.Host}/elsewhere\r\n");

        Assert.Equal(XksFailure.InvalidResponse, exception.Failure);
        Assert.Single(_proxy.Requests);
    }

    [Fact]
    public void Message_OfAProxy_IsPrintableShortAndHidesTheAccessKey()
    {
        string message = $"A\u001b[31m\nü {ScriptedProxy.AccessKeyId} " + new string('x', 600);
        string body = $$"""{"errorName":"InternalException","errorMessage":{{System.Text.Json.JsonSerializer.Serialize(message)}}}""";

        string? shown = Answer(500, body).ProxyMessage;

        Assert.StartsWith("A?[31m?? *** xxx", shown);
        Assert.Equal(512, shown!.Length);
        Assert.Null(Answer(500, """{"errorName":"InternalException","errorMessage":5}""").ProxyMessage);
    }

    private XksException Answer(int status, string body, string headers = "")
    {
        _answer = (status, body, headers);
        return Calls.Failure(() => Calls.Encrypt(_client, _target));
    }
}
