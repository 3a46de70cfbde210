using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Endpoint;

/// <summary>
/// One call, signed here: an implementation of Signature Version 4 apart from the one under test. Every part can be spoilt.
/// </summary>
internal sealed record SignedCall
{
    private const string BasicFormat = "yyyyMMdd'T'HHmmss'Z'";

    private static readonly HttpClient Http = new();

    public EndpointFixture Endpoint { get; init; } = null!;

    /// <summary>The port of an endpoint that is a process of its own; access key and secret are needed then.</summary>
    public int? Port { get; init; }

    /// <summary>The URL of an endpoint in a separate process.</summary>
    public string? Url { get; init; }

    public required string Operation { get; init; }

    /// <summary>Whether the operation is in the header of AWS JSON.</summary>
    public bool HasTarget { get; init; } = true;

    /// <summary>The query string as it is sent, with its question mark.</summary>
    public string Query { get; init; } = "";

    /// <summary>The query string in the form that is signed.</summary>
    public string CanonicalQuery { get; init; } = "";

    public string Body { get; init; } = "{}";

    /// <summary>What is sent in place of the body that was signed.</summary>
    public string? SentBody { get; init; }

    public string? AccessKeyId { get; init; }

    public string? Secret { get; init; }

    public string Region { get; init; } = EndpointFixture.Region;

    public string Service { get; init; } = "kms";

    public DateTime Time { get; init; } = DateTime.UtcNow;

    /// <summary>The day in the credential scope, when it is another one than that of the time.</summary>
    public string? ScopeDate { get; init; }

    public string ContentType { get; init; } = "application/x-amz-json-1.1";

    public string[] Unsigned { get; init; } = [];

    public (string Name, string Value)[] More { get; init; } = [];

    /// <summary>What is signed in place of the hash of the body.</summary>
    public string? PayloadHash { get; init; }

    /// <summary>The header with the time.</summary>
    public string TimeHeader { get; init; } = "x-amz-date";

    /// <summary>The form of the time in its header; what is signed is the basic one.</summary>
    public string TimeHeaderFormat { get; init; } = BasicFormat;

    /// <summary>What is done to the value of a header after it is signed.</summary>
    public Func<string, string> Rewrite { get; init; } = static value => value;

    public Func<string, string> Spoil { get; init; } = static authorization => authorization;

    public async Task<(int Status, string Body, HttpResponseMessage Response)> SendAsync()
    {
        HttpResponseMessage response = await Http.SendAsync(Message(), TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response);
    }

    public HttpRequestMessage Message()
    {
        HttpRequestMessage message = new(HttpMethod.Post, new Uri((Url ?? Endpoint.Url) + "/" + Query))
        {
            Content = new StringContent(SentBody ?? Body),
        };
        message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(ContentType);
        foreach ((string name, string value) in Headers())
        {
            if (name is not ("host" or "content-type"))
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return message;
    }

    /// <summary>All headers of the call, Authorization among them.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers()
    {
        string time = Time.ToString(BasicFormat);
        string scope = $"{ScopeDate ?? time[..8]}/{Region}/{Service}/aws4_request";
        List<(string Name, string Value)> headers =
        [
            ("content-type", ContentType),
            ("host", $"127.0.0.1:{Port ?? Endpoint.Port}"),
            (TimeHeader, Time.ToString(TimeHeaderFormat, System.Globalization.CultureInfo.InvariantCulture)),
            .. HasTarget ? [("x-amz-target", "TrentService." + Operation)] : Array.Empty<(string, string)>(),
            .. More,
        ];
        (string Name, string Value)[] signed = [.. headers.Where(header => !Unsigned.Contains(header.Name))
            .OrderBy(static header => header.Name, StringComparer.Ordinal)];
        string names = string.Join(';', signed.Select(static header => header.Name));
        string canonical = $"POST\n/\n{CanonicalQuery}\n{string.Concat(signed.Select(static header => $"{header.Name}:{header.Value}\n"))}\n{names}\n{PayloadHash ?? Hash(Body)}";
        byte[] key = Encoding.UTF8.GetBytes("AWS4" + (Secret ?? Endpoint.Alice.SecretAccessKey));
        foreach (string part in scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        string signature = Convert.ToHexStringLower(
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hash(canonical)}")));
        headers = [.. headers.Select(header => (header.Name, More.Contains(header) ? Rewrite(header.Value) : header.Value))];
        headers.Add(("Authorization", Spoil(
            $"AWS4-HMAC-SHA256 Credential={AccessKeyId ?? Endpoint.Alice.AccessKeyId}/{scope}, "
                + $"SignedHeaders={names}, Signature={signature}")));
        return headers;
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
