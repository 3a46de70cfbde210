using System.Text.Json;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;

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
