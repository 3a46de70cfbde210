using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace KmsTools.XksProxy.Labs;

/// <summary>
/// A request to the proxy, signed by a client that has no line in common with the product. What is sent can differ from what is signed.
/// </summary>
public sealed record XksCall(string Tail, string Body)
{
    public string Prefix { get; init; } = ProxyLab.Prefix;

    public string AccessKeyId { get; init; } = ProxyLab.AccessKeyId;

    public string Secret { get; init; } = ProxyLab.Secret;

    public string Region { get; init; } = ProxyLab.Region;

    public string Service { get; init; } = "kms-xks-proxy";

    public string Terminator { get; init; } = "aws4_request";

    public string Method { get; init; } = "POST";

    public DateTimeOffset Time { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>The day in the scope; that of the time where it is null.</summary>
    public string? Date { get; init; }

    public string SignedHeaders { get; init; } = "host;x-amz-date";

    public string? ContentType { get; init; } = "application/json";

    public string? SentBody { get; init; }

    public string? SentHost { get; init; }

    public string? SentTime { get; init; }

    public string? BodyHash { get; init; }

    /// <summary>Changes the Authorization header before it is sent.</summary>
    public Func<string, string>? Change { get; init; }

    public bool IsSigned { get; init; } = true;

    public Version Version { get; init; } = HttpVersion.Version11;

    public string Target => $"{Prefix}/kms/xks/v1/{Tail}";

    public HttpRequestMessage ToMessage(Uri address)
    {
        string time = Time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'");
        HttpRequestMessage message = new(new HttpMethod(Method), new Uri(address, Target))
        {
            Version = Version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(SentBody ?? Body)),
        };
        if (ContentType is not null)
        {
            Assert.True(message.Content.Headers.TryAddWithoutValidation("Content-Type", ContentType));
        }

        message.Headers.Host = SentHost ?? address.Authority;
        message.Headers.Add("X-Amz-Date", SentTime ?? time);
        if (BodyHash is not null)
        {
            message.Headers.Add("X-Amz-Content-Sha256", BodyHash);
        }

        if (IsSigned)
        {
            string authorization = Authorize(address.Authority, time);
            Assert.True(message.Headers.TryAddWithoutValidation("Authorization", Change?.Invoke(authorization) ?? authorization));
        }

        return message;
    }

    public string Authorize(string host, string time)
    {
        string scope = $"{Date ?? time[..8]}/{Region}/{Service}/{Terminator}";
        string headers = string.Concat(SignedHeaders.Split(';').Select(name => $"{name}:{name switch
        {
            "host" => host,
            "x-amz-date" => time,
            "x-amz-content-sha256" => BodyHash,
            _ => ContentType,
        }}\n"));
        string canonical = $"{Method}\n{Target}\n\n{headers}\n{SignedHeaders}\n{Hash(Body)}";
        byte[] key = scope.Split('/').Aggregate(
            Encoding.UTF8.GetBytes("AWS4" + Secret), static (key, part) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part)));
        string signature = Convert.ToHexStringLower(
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hash(canonical)}")));
        return $"AWS4-HMAC-SHA256 Credential={AccessKeyId}/{scope}, SignedHeaders={SignedHeaders}, Signature={signature}";
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
