using System.ComponentModel;
using System.Diagnostics;
using KmsTools.XksProxy.Labs;

namespace KmsTools.XksProxy;

/// <summary>Other clients: curl with its own Signature Version 4, and the test client of AWS where there is a checkout.</summary>
public sealed class ClientsTests(ProxyLab lab, HttpsProxyLab secure) : IClassFixture<ProxyLab>, IClassFixture<HttpsProxyLab>
{
    // A checkout of aws-samples/aws-kms-xksproxy-test-client.
    private const string ClientVariable = "KMSTOOLS_XKS_TEST_CLIENT";

    [Theory]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    [InlineData("")]
    public async Task Curl_SignedByItself_IsAnswered(string version)
    {
        ProxyLab proxy = version.Length == 0 ? lab : secure;
        proxy.Hsm.Activate();
        string[] arguments =
        [
            "--silent", "--show-error", "--max-time", "20", "--aws-sigv4", "aws:amz:us-east-1:kms-xks-proxy",
            "--user", $"{ProxyLab.AccessKeyId}:{ProxyLab.Secret}", "-H", "Content-Type: application/json",
            .. version.Length == 0 ? Array.Empty<string>() : ["--cacert", secure.RootFile, version],
            "--write-out", " %{http_code} %{http_version}", "--data-binary", XksBodies.Encrypt([1, 2, 3], [4], cdiv: true).ToJsonString(),
            new Uri(proxy.Address, ProxyLab.Prefix + "/kms/xks/v1/keys/foo/encrypt").ToString(),
        ];
        string answer = await RunAsync("curl", arguments, new Dictionary<string, string>());
        Assert.StartsWith("{\"ciphertext\":\"", answer, StringComparison.Ordinal);
        Assert.EndsWith(version == "--http2" ? " 200 2" : " 200 1.1", answer, StringComparison.Ordinal);
        arguments[8] += "x";
        Assert.EndsWith(
            version == "--http2" ? " 401 2" : " 401 1.1",
            await RunAsync("curl", arguments, new Dictionary<string, string>()),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false, 35)]
    [InlineData(false, true, 49)]
    [InlineData(true, true, 49)]
    public async Task TestClientOfAws_PassesAllChecks(bool isSecure, bool withOtherUses, int count)
    {
        string? folder = Environment.GetEnvironmentVariable(ClientVariable);
        Assert.SkipWhen(string.IsNullOrEmpty(folder), $"{ClientVariable} names no checkout of the test client of AWS.");
        ProxyLab proxy = isSecure ? secure : lab;
        proxy.Hsm.Activate();
        Dictionary<string, string> environment = new()
        {
            ["XKS_PROXY_HOST"] = proxy.Address.Authority,
            ["SCHEME"] = isSecure ? "https://" : "http://",
            ["URI_PREFIX"] = ProxyLab.Prefix[1..],
            ["SIGV4_ACCESS_KEY_ID"] = ProxyLab.AccessKeyId,
            ["SIGV4_SECRET_ACCESS_KEY"] = ProxyLab.Secret,
            ["REGION"] = ProxyLab.Region,
            ["KEY_ID"] = "foo",
            ["ENCRYPT_ONLY_KEY_ID"] = "encrypt_only_key",
            ["DECRYPT_ONLY_KEY_ID"] = "decrypt_only_key",
            ["IMPOTENT_KEY_ID"] = "impotent_key",
            ["ANSI_ESCAPE"] = "0",
        };
        if (isSecure)
        {
            environment["CURL_CA_BUNDLE"] = secure.RootFile;
        }

        string output = await RunAsync("bash", withOtherUses ? ["./test-xks-proxy", "-a"] : ["./test-xks-proxy"], environment, folder);
        Assert.True(output.Contains($"All {count} tests PASSED", StringComparison.Ordinal), output);
    }

    private static async Task<string> RunAsync(
        string program, string[] arguments, Dictionary<string, string> environment, string? folder = null)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return output.Length > 0 ? output : await errors;
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program} is not installed.");
            throw;
        }
    }
}
