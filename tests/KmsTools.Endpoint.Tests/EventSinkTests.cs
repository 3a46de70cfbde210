using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using KmsTools.Storage;

namespace KmsTools.Endpoint;

/// <summary>A second place for events.</summary>
public sealed class EventSinkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kms-sink-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Sink => Path.Combine(_folder, "sink", "events.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Sink_OfCalls_HasEachEventOnALine()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Sink)!);
        await File.WriteAllTextAsync(Sink, "{}\n", Cancellation);
        await using EndpointProcess process = await StartAsync("--event-sink", Sink);
        using AmazonKeyManagementServiceClient client = process.Client("test", "test");

        await client.CreateKeyAsync(new CreateKeyRequest(), Cancellation);
        await client.ListKeysAsync(new ListKeysRequest(), Cancellation);
        await Assert.ThrowsAsync<NotFoundException>(() => client.DescribeKeyAsync("alias/none", Cancellation));
        Assert.Equal(["AddAccessKey", "CreateKey", "ListKeys", "DescribeKey"], await NamesAsync());

        // As a program that rotates logs does.
        File.Move(Sink, Sink + ".1");
        await WaitForAsync(async () =>
        {
            await client.ListKeysAsync(new ListKeysRequest(), Cancellation);
            return File.Exists(Sink);
        });
        Assert.Contains("ListKeys", await File.ReadAllTextAsync(Sink, Cancellation));
        await process.StopAsync();
    }

    [Fact]
    public async Task Sink_RequiredAndNotThere_RefusesCallsUntilItIs()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Sink)!);
        await using EndpointProcess process = await StartAsync("--event-sink", Sink, "--require-event-sink");
        using AmazonKeyManagementServiceClient client = process.Client("test", "test");
        string keyId = (await client.CreateKeyAsync(new CreateKeyRequest(), Cancellation)).KeyMetadata.KeyId;
        Directory.Move(Path.GetDirectoryName(Sink)!, _folder + "/gone");

        await WaitForAsync(async () =>
        {
            try
            {
                await client.ListKeysAsync(new ListKeysRequest(), Cancellation);
                return false;
            }
            catch (KMSInternalException)
            {
                return true;
            }
        });
        await Assert.ThrowsAsync<KMSInternalException>(() => client.DisableKeyAsync(keyId, Cancellation));
        Directory.Move(_folder + "/gone", Path.GetDirectoryName(Sink)!);

        Assert.True((await client.DescribeKeyAsync(keyId, Cancellation)).KeyMetadata.Enabled);
        await client.DisableKeyAsync(keyId, Cancellation);
        Assert.Equal("DisableKey", (await NamesAsync())[^1]);
        process.Signal("TERM");
        (int exitCode, string errors) = await process.EndAsync();
        Assert.Equal(0, exitCode);
        Assert.Contains($"The event cannot be written to '{Sink}', where it is required: ", errors);
    }

    [Fact]
    public async Task Sink_NotThereAndNotRequired_IsWarnedOfOnceEachTime()
    {
        await using EndpointProcess process = await StartAsync("--event-sink", Sink);
        using AmazonKeyManagementServiceClient client = process.Client("test", "test");
        await client.ListKeysAsync(new ListKeysRequest(), Cancellation);
        await client.ListKeysAsync(new ListKeysRequest(), Cancellation);
        Directory.CreateDirectory(Path.GetDirectoryName(Sink)!);
        await client.DescribeKeyAsync((await client.CreateKeyAsync(new CreateKeyRequest(), Cancellation)).KeyMetadata.KeyId, Cancellation);
        Assert.Equal(["CreateKey", "DescribeKey"], await NamesAsync());

        process.Signal("TERM");
        (int exitCode, string errors) = await process.EndAsync();
        Assert.Equal(0, exitCode);
        Assert.Equal(2, errors.Split($"Warning: events cannot be written to '{Sink}': ").Length);
        Assert.Contains($"Events are written to '{Sink}' again. 3 are missing in it; the event log has them.\n", errors);
    }

    [Fact]
    public async Task Sink_RequiredFromTheStart_IsNeededToServe()
    {
        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync(
            "--temporary", "--event-sink", Sink, "--require-event-sink");
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith($"The event cannot be written to '{Sink}', where it is required: ", errors);
        Assert.Equal(
            (2, "", "--require-event-sink needs --event-sink.\nHelp: KmsTools.Endpoint --help\n"),
            await EndpointProcess.RunAsync("--temporary", "--require-event-sink"));
    }

    [Fact]
    public async Task Syslog_OverTlsAndRequired_HasEachEventOrRefusesTheCall()
    {
        using TestCertificates certificates = new();
        X509Certificate2Collection chain = X509CertificateLoader.LoadPkcs12CollectionFromFile(certificates.Path("open.pfx"), null);
        SslStreamCertificateContext certificate = SslStreamCertificateContext.Create(
            chain.First(static one => one.HasPrivateKey), chain, offline: true);
        int port;
        string keyId;
        using SyslogServer server = new(certificate: certificate);
        port = server.Port;
        await using EndpointProcess process = await EndpointProcess.StartAsync(
            ["--temporary", "--dev-credentials", "test:test", "--event-sink", $"syslog+tls://127.0.0.1:{port}", "--require-event-sink"],
            new Dictionary<string, string?> { ["SSL_CERT_FILE"] = certificates.RootFile });
        using AmazonKeyManagementServiceClient client = process.Client("test", "test");
        keyId = (await client.CreateKeyAsync(new CreateKeyRequest(), Cancellation)).KeyMetadata.KeyId;
        await Assert.ThrowsAsync<NotFoundException>(() => client.DescribeKeyAsync("alias/none", Cancellation));
        string host = System.Text.RegularExpressions.Regex.Escape(System.Net.Dns.GetHostName());
        Assert.Matches($"^<86>1 [-0-9]{{10}}T[:.0-9]{{12}}Z {host} kmstools {process.Id} AddAccessKey - {{.*}}$", server.Take());
        Assert.Matches($"^<86>1 [^ ]+ {host} kmstools {process.Id} CreateKey - {{.*\"keyId\":\"{keyId}\".*}}$", server.Take());
        Assert.Matches($"^<85>1 [^ ]+ {host} kmstools {process.Id} DescribeKey - {{.*\"errorCode\":\"NotFoundException\".*}}$", server.Take());
        server.Dispose();

        await WaitForAsync(async () =>
        {
            try
            {
                await client.ListKeysAsync(new ListKeysRequest(), Cancellation);
                return false;
            }
            catch (KMSInternalException)
            {
                return true;
            }
        });
        await Assert.ThrowsAsync<KMSInternalException>(() => client.DisableKeyAsync(keyId, Cancellation));
        using SyslogServer back = new(port, certificate);
        DescribeKeyResponse? key = null;
        await WaitForAsync(async () =>
        {
            try
            {
                key = await client.DescribeKeyAsync(keyId, Cancellation);
                return true;
            }
            catch (KMSInternalException)
            {
                return false;
            }
        });
        Assert.True(key!.KeyMetadata.Enabled);
        await client.DisableKeyAsync(keyId, Cancellation);
        Assert.Contains(" DescribeKey - ", back.Take());
        Assert.Contains(" DisableKey - ", back.Take());
        process.Signal("TERM");
        (int exitCode, string errors) = await process.EndAsync();
        Assert.Equal(0, exitCode);
        Assert.Contains($"The event cannot be written to 'syslog+tls://127.0.0.1:{port}', where it is required: ", errors);
    }

    [Fact]
    public async Task Syslog_ThatIsNotThere_SlowsNoCallAndIsWarnedOf()
    {
        // A connection that nobody accepts: the listener takes one, and answers nothing.
        using TcpListener silent = new(System.Net.IPAddress.Loopback, 0);
        silent.Start(backlog: 1);
        int port = ((System.Net.IPEndPoint)silent.LocalEndpoint).Port;
        await using EndpointProcess process = await StartAsync("--event-sink", $"syslog+tls://127.0.0.1:{port}");
        using AmazonKeyManagementServiceClient client = process.Client("test", "test");
        for (int i = 0; i < 20; i++)
        {
            await client.ListKeysAsync(new ListKeysRequest(), Cancellation).WaitAsync(TimeSpan.FromSeconds(4), Cancellation);
        }

        process.Signal("TERM");
        (int exitCode, string errors) = await process.EndAsync();
        Assert.Equal(0, exitCode);
        Assert.Matches($@"\d+ events were not written to 'syslog\+tls://127\.0\.0\.1:{port}' at the end; the event log has them\.", errors);
    }

    [Theory]
    [InlineData("syslog+udp://127.0.0.1:514")]
    [InlineData("syslog+tcp://127.0.0.1")]
    public async Task Sink_ThatIsNoPlace_IsRefused(string place) => Assert.Equal(
        (
            2,
            "",
            $"'{place}' is not a place for events. Give a file, syslog:, syslog+unix:/path, syslog+tcp://host:port or "
                + "syslog+tls://host:port.\nHelp: KmsTools.Endpoint --help\n"),
        await EndpointProcess.RunAsync("--temporary", "--event-sink", place));

    [Fact]
    public async Task Signature_Refused_IsRecordedAtTheEndAtTheLatest()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Sink)!);
        await using EndpointProcess process = await StartAsync("--event-sink", Sink);
        using AmazonKeyManagementServiceClient client = process.Client("test", "wrong");
        await Assert.ThrowsAsync<AmazonKeyManagementServiceException>(() => client.ListKeysAsync(new ListKeysRequest(), Cancellation));
        await process.StopAsync();

        JsonElement recorded = JsonDocument.Parse((await File.ReadAllLinesAsync(Sink, Cancellation))[^1]).RootElement;
        Assert.Equal("SignaturesRefused", recorded.GetProperty("eventName").GetString());
        Assert.Equal(
            """{"accessKeyId":"test","errorCode":"InvalidSignatureException","count":"1","lastSourceIPAddress":"127.0.0.1"}""",
            recorded.GetProperty("serviceEventDetails").GetRawText());
    }

    private static Task<EndpointProcess> StartAsync(params string[] more) =>
        EndpointProcess.StartAsync(["--temporary", "--dev-credentials", "test:test", .. more]);

    private async Task<string[]> NamesAsync() =>
    [
        .. (await File.ReadAllLinesAsync(Sink, Cancellation)).Where(static line => line != "{}")
            .Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("eventName").GetString()!),
    ];

    private static async Task WaitForAsync(Func<Task<bool>> condition)
    {
        for (int i = 0; !await condition(); i++)
        {
            Assert.InRange(i, 0, 1000);
            await Task.Delay(10, Cancellation);
        }
    }
}
