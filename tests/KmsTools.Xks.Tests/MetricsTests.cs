using KmsTools.Http;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>What the endpoint's metrics show of proxies.</summary>
public sealed class MetricsTests
{
    private readonly string _store = "cks-" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task Calls_GoodAndBad_AreCounted()
    {
        using MetricsReader reader = new("KmsTools");
        using XksClient client = new();
        await using ScriptedProxy good = new(HonestAnswers.AnswerAsync);
        XksProxyTarget target = good.Target(store: _store);
        Calls.Health(client, target);
        Calls.Encrypt(client, target);
        string[] first = Lines(reader);

        Assert.Contains(Line("kms_xks_proxy_duration_seconds_count", "operation=\"Encrypt\",xks_operation=\"GetHealthStatus\"", 1), first);
        Assert.Contains(Line("kms_xks_proxy_duration_seconds_count", "operation=\"Encrypt\",xks_operation=\"Encrypt\"", 1), first);
        Assert.Contains(Line("kms_xks_proxy_key_managers", "state=\"ACTIVE\"", 1), first);
        Assert.Contains(Line("kms_xks_proxy_key_managers", "state=\"DEGRADED\"", 1), first);
        Assert.Contains(Line("kms_xks_proxy_key_managers", "state=\"UNAVAILABLE\"", 0), first);
        string expiry = Assert.Single(first, static line => line.StartsWith("kms_xks_proxy_certificate_expiry_seconds", StringComparison.Ordinal));
        Assert.StartsWith($"kms_xks_proxy_certificate_expiry_seconds{{store=\"{_store}\",certificate=\"proxy.kms.test\"}} 8", expiry);
        Assert.DoesNotContain(first, static line => line.StartsWith("kms_xks_proxy_errors", StringComparison.Ordinal));

        await using ScriptedProxy bad = new(404, """{"errorName":"KeyNotFoundException"}""");
        await using ScriptedProxy busy = new(429, """{"errorName":"ThrottlingException"}""");
        await using ScriptedProxy broken = new(200, "{}");
        await using ScriptedProxy silent = new(static (_, _) => Task.Delay(Timeout.Infinite));
        foreach (XksProxyTarget next in new[]
        {
            bad.Target(store: _store), busy.Target(store: _store), broken.Target(store: _store),
            silent.Target(TimeSpan.FromMilliseconds(100), _store),
        })
        {
            Calls.Failure(() => Calls.Encrypt(client, next));
        }

        string[] second = Lines(reader);
        const string call = "operation=\"Encrypt\",xks_operation=\"Encrypt\",error_type=";
        Assert.Equal(
            new[]
            {
                Line("kms_xks_proxy_errors_total", call + "\"Non-retryable\",exception=\"KeyNotFoundException\"", 1),
                Line("kms_xks_proxy_errors_total", call + "\"Non-retryable\",exception=\"XksProxyInvalidResponseException\"", 1),
                Line("kms_xks_proxy_errors_total", call + "\"Retryable\",exception=\"ThrottlingException\"", 1),
                Line("kms_xks_proxy_errors_total", call + "\"Retryable\",exception=\"XksProxyUnreachableException\"", 1),
            },
            second.Where(static line => line.StartsWith("kms_xks_proxy_errors", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Contains(Line("kms_xks_proxy_duration_seconds_count", "operation=\"Encrypt\",xks_operation=\"Encrypt\"", 5), second);

        client.Disconnect(_store);
        Assert.DoesNotContain(Lines(reader), static line => line.Contains("managers", StringComparison.Ordinal) || line.Contains("expiry", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Certificate_ForManyHosts_HasNoExpiry()
    {
        using MetricsReader reader = new("KmsTools");
        using XksClient client = new();
        await using ScriptedProxy proxy = new(
            HonestAnswers.AnswerAsync, ScriptedProxy.Tls(TestAuthority.Trusted.Server("CN=*.kms.test", "*.kms.test")));

        Assert.Equal("*.kms.test", Calls.Health(client, proxy.Target(store: _store)).CertificateName);

        Assert.DoesNotContain(Lines(reader), static line => line.Contains("expiry", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Certificate_WithoutName_HasAnExpiryAllTheSame()
    {
        using MetricsReader reader = new("KmsTools");
        using XksClient client = new();
        await using ScriptedProxy proxy = new(
            HonestAnswers.AnswerAsync, ScriptedProxy.Tls(TestAuthority.Trusted.Server("O=Acme, OU=CN=x")));

        Assert.Null(Calls.Health(client, proxy.Target(store: _store)).CertificateName);

        Assert.Contains(Lines(reader), line => line.StartsWith($"kms_xks_proxy_certificate_expiry_seconds{{store=\"{_store}\"}} 8", StringComparison.Ordinal));
    }

    // Other tests measure at the same time.
    private string[] Lines(MetricsReader reader) =>
        [.. reader.Write().Split('\n').Where(line => line.Contains($"store=\"{_store}\"", StringComparison.Ordinal))];

    private string Line(string name, string tags, int value) => $"{name}{{store=\"{_store}\",{tags}}} {value}";
}
