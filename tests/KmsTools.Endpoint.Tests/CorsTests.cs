using System.Text.Json;
using Microsoft.AspNetCore.Builder;

namespace KmsTools.Endpoint;

/// <summary>What a browser gets on behalf of a web page: permission for the origins that are named, nothing for others.</summary>
[OnEveryStore]
public sealed class CorsTests(EndpointFixture fixture) : IClassFixture<EndpointFixture>, IAsyncLifetime
{
    private const string Named = "http://localhost:3000";
    private const string AlsoNamed = "https://app.example.com";
    private const string AllowedHeaders = "authorization,content-type,x-amz-content-sha256,x-amz-date,x-amz-security-token,x-amz-target,"
        + "x-amz-user-agent,amz-sdk-invocation-id,amz-sdk-request";

    private static readonly HttpClient Http = new();

    private WebApplication? _application;
    private string _url = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SignedCall Call => new()
    {
        Endpoint = fixture,
        Port = new Uri(_url).Port,
        AccessKeyId = fixture.Alice.AccessKeyId,
        Secret = fixture.Alice.SecretAccessKey,
        Operation = "GenerateRandom",
        Body = """{"NumberOfBytes":16}""",
    };

    public async ValueTask InitializeAsync()
    {
        _application = EndpointHost.Build(fixture.Engine, new EndpointOptions { Cors = new CorsPolicy([Named, AlsoNamed]) });
        await _application.StartAsync(Cancellation);
        _url = EndpointHost.Url(_application);
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(Named)]
    [InlineData(AlsoNamed)]
    public async Task Preflight_OfANamedOrigin_SaysWhatACallNeeds(string origin)
    {
        using HttpResponseMessage answer = await PreflightAsync(_url, origin);

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(
            [
                "Access-Control-Allow-Headers: " + AllowedHeaders,
                "Access-Control-Allow-Methods: POST",
                "Access-Control-Allow-Origin: " + origin,
                "Access-Control-Expose-Headers: x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
                "Access-Control-Max-Age: 172800",
                "Vary: Origin",
            ],
            CorsHeaders(answer));
        Assert.Equal("", await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.True(answer.Headers.Contains("x-amzn-RequestId"));
    }

    [Theory]
    [InlineData("http://localhost:3001")]
    [InlineData("https://localhost:3000")]
    [InlineData("http://LOCALHOST:3000")]
    [InlineData("http://localhost:3000/")]
    [InlineData("http://localhost:3000, https://app.example.com")]
    [InlineData("http://localhost")]
    [InlineData("https://app.example.com.evil.example")]
    [InlineData("null")]
    [InlineData("*")]
    [InlineData("")]
    [InlineData(null)]
    public async Task Call_OfAnotherOrigin_IsAnsweredAsWithoutTheOption(string? origin)
    {
        using HttpResponseMessage preflight = await PreflightAsync(_url, origin);
        using HttpResponseMessage without = await PreflightAsync(fixture.Url, origin);
        Assert.Equal((404, 404), ((int)preflight.StatusCode, (int)without.StatusCode));
        Assert.Empty(CorsHeaders(preflight));
        Assert.Empty(CorsHeaders(without));
        Assert.Equal(await without.Content.ReadAsStringAsync(Cancellation), await preflight.Content.ReadAsStringAsync(Cancellation));

        using HttpResponseMessage call = await SendAsync(Call, origin);
        Assert.Equal(200, (int)call.StatusCode);
        Assert.Empty(CorsHeaders(call));
    }

    [Fact]
    public async Task Call_WithTwoOrigins_IsAnsweredAsWithoutAny()
    {
        using HttpRequestMessage request = new(HttpMethod.Options, new Uri(_url));
        request.Headers.TryAddWithoutValidation("Origin", [Named, AlsoNamed]);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        using HttpResponseMessage answer = await Http.SendAsync(request, Cancellation);

        Assert.Equal(404, (int)answer.StatusCode);
        Assert.Empty(CorsHeaders(answer));
    }

    [Fact]
    public async Task Call_OfANamedOrigin_CanBeReadByItsPage()
    {
        using HttpResponseMessage answer = await SendAsync(Call, Named);

        Assert.Equal(200, (int)answer.StatusCode);
        AssertReadable(answer);
        using JsonDocument body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(16, body.RootElement.GetProperty("Plaintext").GetBytesFromBase64().Length);
    }

    [Theory]
    [InlineData(400, "UnrecognizedClientException")]
    [InlineData(400, "InvalidSignatureException")]
    [InlineData(400, "NotFoundException")]
    public async Task Call_OfANamedOriginWithoutSignature_IsRefusedReadably(int status, string code)
    {
        SignedCall call = code switch
        {
            "UnrecognizedClientException" => Call with { AccessKeyId = "AKIAIOSFODNN7EXAMPLE" },
            "InvalidSignatureException" => Call with { Secret = "wrong" },
            _ => Call with { Operation = "DescribeKey", Body = """{"KeyId":"alias/none"}""" },
        };
        using HttpResponseMessage answer = await SendAsync(call, Named);

        Assert.Equal(status, (int)answer.StatusCode);
        AssertReadable(answer);
        using JsonDocument body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(code, body.RootElement.GetProperty("__type").GetString());
    }

    [Theory]
    [InlineData("OPTIONS", "/", null)]
    [InlineData("OPTIONS", "/elsewhere", "POST")]
    [InlineData("GET", "/", "POST")]
    public async Task Options_NotThePreflightOfACall_IsRefusedReadably(string method, string path, string? requestedMethod)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), new Uri(_url + path));
        request.Headers.Add("Origin", Named);
        if (requestedMethod is not null)
        {
            request.Headers.Add("Access-Control-Request-Method", requestedMethod);
        }

        using HttpResponseMessage answer = await Http.SendAsync(request, Cancellation);

        Assert.Equal(404, (int)answer.StatusCode);
        AssertReadable(answer);
    }

    [Fact]
    public async Task Call_WithAnOriginWithoutTheOption_IsAnsweredAsOneWithout()
    {
        using HttpRequestMessage request = (Call with { Port = fixture.Port }).Message();
        request.Headers.Add("Origin", Named);
        using HttpResponseMessage answer = await Http.SendAsync(request, Cancellation);

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Empty(CorsHeaders(answer));
    }

    [Fact]
    [InFolder]
    public async Task CorsOrigin_SeveralWithCredentialsOfDevelopment_AreTaken()
    {
        await using EndpointProcess process = await EndpointProcess.StartAsync(
            "--temporary", "--dev-credentials", "test:test",
            "--cors-origin", "HTTP://Localhost:3000/", "--cors-origin=https://app.example.com:443");

        foreach ((string origin, int status, string? allowed) in new (string, int, string?)[]
        {
            (Named, 200, Named), (AlsoNamed, 200, AlsoNamed), ("http://localhost:3001", 404, null),
        })
        {
            using HttpResponseMessage answer = await PreflightAsync(process.Url, origin);
            Assert.Equal((status, allowed), ((int)answer.StatusCode, AllowedOrigin(answer)));
        }

        await process.StopAsync();
    }

    [Fact]
    [InFolder]
    public async Task CorsOrigin_AnyWithSecretAccessKeys_IsTaken()
    {
        await using EndpointProcess process = await EndpointProcess.StartAsync("--temporary", "--cors-origin", "*");

        foreach (string origin in new[] { Named, "https://anything.example", "null" })
        {
            using HttpResponseMessage answer = await PreflightAsync(process.Url, origin);
            Assert.Equal((200, "*"), ((int)answer.StatusCode, AllowedOrigin(answer)));
            Assert.Empty(answer.Headers.Vary);
        }

        using HttpResponseMessage none = await PreflightAsync(process.Url, null);
        Assert.Equal((404, null), ((int)none.StatusCode, AllowedOrigin(none)));
        await process.StopAsync();
    }

    [Theory]
    [InlineData("http://localhost:3000", "http://localhost:3000")]
    [InlineData("http://localhost:3000/", "http://localhost:3000")]
    [InlineData("HTTPS://App.Example.com:443", "https://app.example.com")]
    [InlineData("http://app.example.com:80", "http://app.example.com")]
    [InlineData("http://app.example.com:443", "http://app.example.com:443")]
    [InlineData("https://127.0.0.1:8443", "https://127.0.0.1:8443")]
    [InlineData("http://[::1]:3000", "http://[::1]:3000")]
    [InlineData("https://bücher.example", "https://xn--bcher-kva.example")]
    [InlineData("*", "*")]
    public void CorsOrigin_InTheFormThatBrowsersSend_IsTaken(string text, string expected)
    {
        Assert.True(CorsPolicy.TryReadOrigin(text, out string? origin));
        Assert.Equal(expected, origin);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:3000")]
    [InlineData("null")]
    [InlineData("/")]
    [InlineData("file:///tmp/page.html")]
    [InlineData("ftp://localhost")]
    [InlineData("http://")]
    [InlineData("http://localhost:65536")]
    [InlineData("http://localhost/app")]
    [InlineData("http://localhost?")]
    [InlineData("http://localhost#top")]
    [InlineData("http://alice@localhost")]
    [InlineData("http://*.example.com")]
    [InlineData("**")]
    public void CorsOrigin_NotValid_IsRefused(string text)
    {
        Assert.False(CorsPolicy.TryReadOrigin(text, out string? origin));
        Assert.Null(origin);
    }

    private static void AssertReadable(HttpResponseMessage answer) => Assert.Equal(
        [
            "Access-Control-Allow-Origin: " + Named,
            "Access-Control-Expose-Headers: x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
            "Vary: Origin",
        ],
        CorsHeaders(answer));

    private static string[] CorsHeaders(HttpResponseMessage answer) =>
    [
        .. answer.Headers
            .Where(static header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase) || header.Key == "Vary")
            .Select(static header => $"{header.Key}: {string.Join(',', header.Value)}").Order(StringComparer.Ordinal),
    ];

    private static string? AllowedOrigin(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("Access-Control-Allow-Origin", out IEnumerable<string>? values) ? string.Join(',', values) : null;

    private static async Task<HttpResponseMessage> PreflightAsync(string url, string? origin)
    {
        using HttpRequestMessage request = new(HttpMethod.Options, new Uri(url));
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,x-amz-date,x-amz-target");
        return await Http.SendAsync(request, Cancellation);
    }

    private async Task<HttpResponseMessage> SendAsync(SignedCall call, string? origin)
    {
        using HttpRequestMessage request = call.Message();
        request.RequestUri = new Uri(_url);
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        return await Http.SendAsync(request, Cancellation);
    }
}
