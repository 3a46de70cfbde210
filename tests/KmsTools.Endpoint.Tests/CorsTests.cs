using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;

namespace KmsTools.Endpoint;

/// <summary>What a browser gets on behalf of a web page: permission for the origins that are named, nothing for others.</summary>
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
        _application = EndpointHost.Build(fixture.Engine, new IPEndPoint(IPAddress.Loopback, 0), cors: new CorsPolicy([Named, AlsoNamed]));
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
    public async Task The_preflight_of_a_named_origin_says_what_a_call_needs(string origin)
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
    public async Task Another_origin_gets_what_it_gets_without_the_option(string? origin)
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
    public async Task Two_origins_in_one_request_are_none()
    {
        using HttpRequestMessage request = new(HttpMethod.Options, new Uri(_url));
        request.Headers.TryAddWithoutValidation("Origin", [Named, AlsoNamed]);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        using HttpResponseMessage answer = await Http.SendAsync(request, Cancellation);

        Assert.Equal(404, (int)answer.StatusCode);
        Assert.Empty(CorsHeaders(answer));
    }

    [Fact]
    public async Task A_call_of_a_named_origin_can_be_read_by_its_page()
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
    public async Task An_error_can_be_read_too_and_signatures_are_required_as_ever(int status, string code)
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
    public async Task What_is_not_a_preflight_of_a_call_is_refused_readably(string method, string path, string? requestedMethod)
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
    public async Task Without_the_option_a_call_with_an_origin_is_answered_as_one_without()
    {
        using HttpRequestMessage request = (Call with { Port = fixture.Port }).Message();
        request.Headers.Add("Origin", Named);
        using HttpResponseMessage answer = await Http.SendAsync(request, Cancellation);

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Empty(CorsHeaders(answer));
    }

    [Fact]
    public async Task The_program_takes_several_origins_and_credentials_of_development()
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
    public async Task The_program_takes_all_origins_where_the_access_keys_are_secret()
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
    public void An_origin_is_taken_in_the_form_that_browsers_send(string text, string expected)
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
    public void What_is_no_origin_is_not_taken(string text)
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
