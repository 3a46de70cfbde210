using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KmsTools.XksProxy.Labs;

namespace KmsTools.XksProxy;

/// <summary>A proxy as its program runs it: TLS, its configuration read again, its log, its metrics, and its end.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ProxyServiceTests(ProgramLab lab) : IClassFixture<ProgramLab>
{
    private static readonly string[] s_members =
        ["time", "keyStore", "prefix", "api", "kmsRequestId", "kmsOperation", "status", "errorName", "cause", "milliseconds"];

    private readonly List<string> _warnings = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Https_WithClientAuthorities_ServesClientsWithACertificateAndANameOnly()
    {
        string tls = $"tls: {{ certificate: {lab.Certificates.Path("whole.pem")}, clientAuthorities: {lab.Certificates.Path("authorities.pem")}, "
            + "clientNames: [127.0.0.1] }\n";
        string configuration = await lab.NewConfigurationAsync("tls.yaml", tls);
        await using ProxyService service = await StartAsync(configuration);
        Assert.Equal("https", service.Address.Scheme);
        using X509Certificate2 client = X509Certificate2.CreateFromPemFile(lab.Certificates.Path("client.pem"));
        using X509Certificate2 server = X509Certificate2.CreateFromPemFile(lab.Certificates.Path("renewed.pem"));

        Assert.Equal(200, (await lab.AskAsync(service.Address, configuration, client)).Status);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => lab.AskAsync(service.Address, configuration));

        // Of the same authority, but for servers.
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => lab.AskAsync(service.Address, configuration, server));

        // Of the same authority, with another name than the configuration has now.
        string text = await File.ReadAllTextAsync(configuration, Cancellation);
        lab.Write("tls.yaml", text.Replace("[127.0.0.1]", "[cks.kms.us-east-1.amazonaws.com]", StringComparison.Ordinal));
        Assert.True(service.Reload(), string.Join(' ', _warnings));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => lab.AskAsync(service.Address, configuration, client));
        lab.Write("tls.yaml", text);
        Assert.True(service.Reload());
        Assert.Equal(200, (await lab.AskAsync(service.Address, configuration, client)).Status);

        // Another authority.
        lab.Write("tls.yaml", text.Replace("authorities.pem", "stranger.pem", StringComparison.Ordinal));
        Assert.True(service.Reload());
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => lab.AskAsync(service.Address, configuration, client));
    }

    [Fact]
    public async Task Https_Handshakes_AreThoseOfAwsKms()
    {
        string configuration = await lab.NewConfigurationAsync("suites.yaml", $"tls: {{ certificate: {lab.Certificates.Path("whole.pem")} }}\n");
        await using ProxyService service = await StartAsync(configuration);
        Assert.InRange((service.CertificateExpiry!.Value - DateTimeOffset.UtcNow).TotalDays, 9, 11);
        Assert.Equal("Tls13 TLS_AES_256_GCM_SHA384", await NegotiateAsync(service, SslProtocols.Tls13, TlsCipherSuite.TLS_AES_256_GCM_SHA384));
        Assert.Equal(
            "Tls13 TLS_CHACHA20_POLY1305_SHA256", await NegotiateAsync(service, SslProtocols.Tls13, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256));
        Assert.Equal(
            "Tls12 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            await NegotiateAsync(service, SslProtocols.Tls12, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384));
        Assert.Equal("refused", await NegotiateAsync(service, SslProtocols.Tls13, TlsCipherSuite.TLS_AES_128_GCM_SHA256));
        Assert.Equal(
            "refused", await NegotiateAsync(service, SslProtocols.Tls12, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256));
        Assert.Equal(200, (await lab.AskAsync(service.Address, configuration)).Status);
    }

    [Fact]
    public async Task Reload_Configuration_TakesEffectWithTheNextRequestAndABadOneNever()
    {
        string configuration = await lab.NewConfigurationAsync("reload.yaml", $"logFile: {lab.In("reload.log")}\n");
        await using ProxyService service = await StartAsync(configuration);
        Assert.Equal(200, (await lab.AskAsync(service.Address, configuration)).Status);
        string text = await File.ReadAllTextAsync(configuration, Cancellation);

        // Another path: the old one is gone.
        lab.Write("reload.yaml", text.Replace("regions: ", "prefix: /moved\n    regions: ", StringComparison.Ordinal));
        Assert.True(service.Reload());
        Assert.Equal(404, (await lab.AskAsync(service.Address, configuration)).Status);
        Assert.Equal(200, (await lab.AskAsync(service.Address, configuration, path: "/moved")).Status);

        // A bad one, and ones that would need a restart: the former stays.
        (string Text, string Reason)[] bad =
        [
            ("tokens: {", $"{configuration}(2,1): This is not YAML"),
            (text.Replace("secretFrom", "secretFrm", StringComparison.Ordinal), $"{configuration}(15,9): This credential needs the member 'secretFrom'."),
            (text.Replace("port: 0", "port: 1", StringComparison.Ordinal), $"{configuration}: 'port' changes only when the proxy is started again."),
            ($"metrics: 127.0.0.1:0\n{text}", $"{configuration}: 'metrics' changes only when the proxy is started again."),
            ($"tls: {{ certificate: {lab.Certificates.Path("whole.pem")} }}\n{text}", $"{configuration}: 'tls' changes only when the proxy is started again."),
        ];
        foreach ((string next, string reason) in bad)
        {
            _warnings.Clear();
            lab.Write("reload.yaml", next);
            Assert.False(service.Reload());
            Assert.StartsWith($"The former configuration stays in use. {reason}", _warnings[0], StringComparison.Ordinal);
            lab.Write("reload.yaml", text);
            Assert.Equal(200, (await lab.AskAsync(service.Address, configuration, path: "/moved")).Status);
        }

        Assert.True(service.Reload());
        Assert.Equal(200, (await lab.AskAsync(service.Address, configuration)).Status);
    }

    [Fact]
    public async Task Watch_FilesThatChange_AreReadAgainOnce()
    {
        string configuration = await lab.NewConfigurationAsync("watch.yaml");
        await using ProxyService service = await StartAsync(configuration);
        using CancellationTokenSource ended = new();
        Task watch = ConfigurationWatch.RunAsync(service, TimeSpan.FromMilliseconds(20), ended.Token);

        // A new secret in the file that the configuration names: the old one is no longer taken.
        string old = await File.ReadAllTextAsync(lab.In("watch.secret"), Cancellation);
        File.Delete(lab.In("watch.secret"));
        Assert.Equal(0, (await ProgramLab.RunAsync("new-credential", "--secret-file", lab.In("watch.secret"))).ExitCode);
        await UntilAsync(async () => (await lab.AskAsync(service.Address, configuration)).Status == 200);
        string renewed = await File.ReadAllTextAsync(lab.In("watch.secret"), Cancellation);
        Assert.NotEqual(old, renewed);

        string text = await File.ReadAllTextAsync(configuration, Cancellation);
        lab.Write("watch.yaml", text.Replace("regions: ", "prefix: /watched\n    regions: ", StringComparison.Ordinal));
        await UntilAsync(async () => (await lab.AskAsync(service.Address, configuration, path: "/watched")).Status == 200);
        lab.Write("watch.yaml", "tokens: [");
        await UntilAsync(() => Task.FromResult(_warnings.Count > 0));
        await Task.Delay(100, Cancellation);
        Assert.Single(_warnings);
        await ended.CancelAsync();
        await watch;
    }

    [Fact]
    public async Task Log_InAFile_HasEveryRequestForItsOwnerAndNoSecret()
    {
        string log = lab.In("requests.log");
        string configuration = await lab.NewConfigurationAsync("log.yaml", $"logFile: {log}\n");
        string accessKeyId = Regex.Match(await File.ReadAllTextAsync(configuration, Cancellation), "accessKeyId: ([A-Z2-7]+)").Groups[1].Value;
        string secret = await File.ReadAllTextAsync(lab.In("log.secret"), Cancellation);
        ProxyService service = await StartAsync(configuration);
        await using (service)
        {
            Assert.Equal(200, (await lab.AskAsync(service.Address, configuration)).Status);
            await UntilAsync(() => Task.FromResult(Lines(log).Count(static line => line["api"] is not null) == 1));

            // As a program that rotates logs does it.
            File.Move(log, log + ".1");
            Assert.True(service.Reload());
            lab.Write("log.secret", new string('x', 43));
            Assert.Equal(401, (await lab.AskAsync(service.Address, configuration)).Status);
            lab.Write("log.secret", secret);
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(log));
        JsonNode good = Assert.Single(Lines(log + ".1"), static line => line["api"] is not null);
        JsonNode bad = Assert.Single(Lines(log), static line => line["api"] is not null);
        Assert.Equal(s_members.Except(["errorName", "cause"]).Except(["prefix"]).Order(), good.AsObject().Select(static one => one.Key).Except(["prefix"]).Order());
        Assert.Equal(("log", "GetHealthStatus", "r-1", "KmsHealthCheck", 200),
            ((string?)good["keyStore"], (string?)good["api"], (string?)good["kmsRequestId"], (string?)good["kmsOperation"], (int)good["status"]!));
        Assert.Equal(("AuthenticationFailedException", 401), ((string?)bad["errorName"], (int)bad["status"]!));
        Assert.Matches(@"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", (string?)bad["time"]);
        string all = await File.ReadAllTextAsync(log, Cancellation) + await File.ReadAllTextAsync(log + ".1", Cancellation);
        foreach (string kept in new[] { secret, accessKeyId, "Signature=", Pkcs11.Tests.Labs.HsmLab.UserPin })
        {
            Assert.DoesNotContain(kept, all, StringComparison.Ordinal);
        }

        File.SetUnixFileMode(log, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Equal(
            $"The log '{log}' can be read or written by others than its owner. Take their permissions away: chmod 600 '{log}'.",
            (await Assert.ThrowsAsync<UnauthorizedAccessException>(() => StartAsync(configuration))).Message);
    }

    [Fact]
    public async Task Metrics_OfAProxy_CountRequestsAndShowTokensCertificateAndCredentials()
    {
        string configuration = await lab.NewConfigurationAsync(
            "metrics.yaml", $"tls: {{ certificate: {lab.Certificates.Path("whole.pem")} }}\n", "--metrics", "127.0.0.1:0");
        await using ProxyService service = await StartAsync(configuration);
        Assert.Equal(200, (await lab.AskAsync(service.Address, configuration)).Status);
        lab.Write("metrics.secret", new string('x', 43));
        Assert.Equal(401, (await lab.AskAsync(service.Address, configuration)).Status);

        using HttpClient http = new();
        string text = await http.GetStringAsync(service.MetricsUrl, Cancellation);
        string[] lines = text.Split('\n');
        Assert.Contains("xks_request_duration_seconds_count{key_store=\"metrics\",api=\"GetHealthStatus\"} 1", lines);
        Assert.Contains(
            "xks_request_duration_seconds_count{key_store=\"metrics\",api=\"GetHealthStatus\",error_type=\"AuthenticationFailedException\"} 1", lines);
        Assert.Contains($"xks_token_health{{token=\"{lab.TokenLabel}\",state=\"ACTIVE\"}} 1", lines);
        Assert.Contains($"xks_token_health{{token=\"{lab.TokenLabel}\",state=\"UNAVAILABLE\"}} 0", lines);
        Assert.Contains($"xks_sessions_limit{{token=\"{lab.TokenLabel}\"}} 30", lines);
        Assert.Contains($"xks_sessions{{token=\"{lab.TokenLabel}\"}} 0", lines);
        Assert.InRange(Value("xks_certificate_days_left"), 9, 11);
        Assert.InRange(Value("xks_credential_age_seconds{key_store=\"metrics\",credential=\"1\"}"), 0, 600);
        Assert.DoesNotMatch("[A-Z2-7]{20}", text);

        double Value(string name) => double.Parse(
            Assert.Single(lines, line => line.StartsWith(name + " ", StringComparison.Ordinal))[name.Length..],
            System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Start_AddressThatIsTaken_IsToldAndLeavesNothing()
    {
        using TcpListener taken = new(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        int port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        string configuration = await lab.NewConfigurationAsync("taken.yaml");
        lab.Write("taken.yaml", (await File.ReadAllTextAsync(configuration, Cancellation)).Replace("port: 0", $"port: {port}", StringComparison.Ordinal));
        (int exitCode, string output, string errors) = await ProgramLab.RunAsync("check", "--configuration", configuration);
        Assert.True(exitCode == 0, output + errors);
        IOException error = await Assert.ThrowsAnyAsync<IOException>(() => StartAsync(configuration));
        Assert.Contains($"127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_SignalsAndTheEndOfItsInput_ReloadAndStopIt()
    {
        string configuration = await lab.NewConfigurationAsync("process.yaml");
        using Process process = Process.Start(new ProcessStartInfo(
            "dotnet", [typeof(ProxyService).Assembly.Location, "--configuration", configuration, "--until-input-ends"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            Match ready;
            do
            {
                string line = await process.StandardOutput.ReadLineAsync(Cancellation) ?? throw new InvalidOperationException(
                    await process.StandardError.ReadToEndAsync(Cancellation));
                Assert.NotNull(JsonNode.Parse(line));
                ready = Regex.Match(line, "\"text\":\"Ready: (http://127\\.0\\.0\\.1:[0-9]+) serves " + Regex.Escape(configuration) + "\"");
            }
            while (!ready.Success);
            Uri address = new(ready.Groups[1].Value);
            Assert.Equal(200, (await lab.AskAsync(address, configuration)).Status);

            string text = await File.ReadAllTextAsync(configuration, Cancellation);
            lab.Write("process.yaml", text.Replace("regions: ", "prefix: /hup\n    regions: ", StringComparison.Ordinal));
            using (Process kill = Process.Start("kill", ["-HUP", process.Id.ToString()]))
            {
                await kill.WaitForExitAsync(Cancellation);
            }

            await UntilAsync(async () => (await lab.AskAsync(address, configuration, path: "/hup")).Status == 200);
            process.StandardInput.Close();
            await process.WaitForExitAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
            Assert.Equal((0, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync(Cancellation)));
            Assert.Contains("\"text\":\"Stopped.\"", await process.StandardOutput.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static bool IsOurs(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate?.Subject == "CN=127.0.0.1";

    private static JsonNode[] Lines(string log) => [.. File.ReadAllLines(log).Select(static line => JsonNode.Parse(line)!)];

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (int i = 0; i < 500 && !await condition(); i++)
        {
            await Task.Delay(20, Cancellation);
        }

        Assert.True(await condition());
    }

    private static async Task<string> NegotiateAsync(ProxyService service, SslProtocols protocol, TlsCipherSuite suite)
    {
        using TcpClient client = new();
        await client.ConnectAsync(service.Address.Host, service.Address.Port, Cancellation);
        await using SslStream stream = new(client.GetStream(), false, IsOurs);
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "127.0.0.1",
                    EnabledSslProtocols = protocol,
                    CipherSuitesPolicy = new CipherSuitesPolicy([suite]),
                },
                Cancellation);
            return $"{stream.SslProtocol} {stream.NegotiatedCipherSuite}";
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            return "refused";
        }
    }

    private Task<ProxyService> StartAsync(string configuration)
    {
        lab.Hsm.Activate();
        return ProxyService.StartAsync(configuration, TimeProvider.System, text =>
        {
            lock (_warnings)
            {
                _warnings.Add(text);
            }
        });
    }
}
