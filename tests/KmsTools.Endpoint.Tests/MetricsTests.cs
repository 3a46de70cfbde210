using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;

namespace KmsTools.Endpoint;

/// <summary>Metrics at a separate address.</summary>
public sealed class MetricsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_OfAnEndpoint_CountCallsAndErrorsAndDescribeTheStore()
    {
        await using EndpointProcess process = await EndpointProcess.StartAsync(
            "--temporary", "--dev-credentials", "test:test", "--metrics", "127.0.0.1:0");
        string url = (await process.ReadLineAsync())!.Replace("Metrics: ", "", StringComparison.Ordinal);
        Assert.Matches(@"^http://127\.0\.0\.1:\d+/metrics\z", url);
        using AmazonKeyManagementServiceClient client = process.Client("test", "test");
        using AmazonKeyManagementServiceClient stranger = process.Client("nobody", "test");
        await client.ListKeysAsync(new ListKeysRequest(), Cancellation);
        await client.ListKeysAsync(new ListKeysRequest(), Cancellation);
        await Assert.ThrowsAsync<NotFoundException>(() => client.DescribeKeyAsync("alias/none", Cancellation));
        await Assert.ThrowsAnyAsync<AmazonKeyManagementServiceException>(() => stranger.ListKeysAsync(new ListKeysRequest(), Cancellation));

        using HttpClient http = new();
        string text = await http.GetStringAsync(url, Cancellation);

        Assert.Contains("\nkms_call_duration_seconds_count{operation=\"ListKeys\"} 2\n", text);
        Assert.Contains("\nkms_call_duration_seconds_bucket{operation=\"ListKeys\",le=\"+Inf\"} 2\n", text);
        Assert.Contains("\nkms_call_duration_seconds_count{operation=\"DescribeKey\",error_type=\"NotFoundException\"} 1\n", text);
        Assert.Contains("\nkms_call_duration_seconds_count{operation=\"ListKeys\",error_type=\"UnrecognizedClientException\"} 1\n", text);
        Assert.Contains("\nkms_body_memory_bytes 0\n", text);
        Assert.Contains("\nkms_body_memory_limit_bytes 67108864\n", text);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await http.GetAsync(url + "x", Cancellation)).StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await http.GetAsync(process.Url + "/metrics", Cancellation)).StatusCode);

        // The store is read on a timer.
        for (int i = 0; !text.Contains("\nkms_due_held ", StringComparison.Ordinal); i++)
        {
            Assert.InRange(i, 0, 3000);
            await Task.Delay(10, Cancellation);
            text = await http.GetStringAsync(url, Cancellation);
        }

        Assert.Contains("\nkms_due_held 0\n", text);
        Assert.Matches("\nkms_event_log_size_bytes [1-9][0-9]+\n", text);
        Assert.Matches("\nkms_disk_free_bytes [1-9][0-9]+\n", text);
        await process.StopAsync();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost:9464")]
    [InlineData("127.0.0.1:99999")]
    public async Task Metrics_AddressWithoutAPort_IsRefused(string address) => Assert.Equal(
        (2, "", $"'{address}' is not an IP address with a port, such as 127.0.0.1:9464.\nHelp: KmsTools.Endpoint --help\n"),
        await EndpointProcess.RunAsync("--temporary", "--metrics", address));
}
