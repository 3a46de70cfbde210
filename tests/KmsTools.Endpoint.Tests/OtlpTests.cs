using System.Net;
using System.Net.Sockets;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;

namespace KmsTools.Endpoint;

/// <summary>Metrics by OTLP, as a collector receives them.</summary>
public sealed class OtlpTests
{
    private static readonly double[] s_bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_OfAnEndpoint_AreSentToTheCollector()
    {
        await using Collector collector = await Collector.StartAsync();
        await using EndpointProcess process = await StartAsync(collector.Url, [], new()
        {
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1",
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-tenant=general",
            ["OTEL_EXPORTER_OTLP_METRICS_HEADERS"] = "x-tenant=shop",
            ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=test",
        });
        using AmazonKeyManagementServiceClient client = process.Client("test", "test");
        await client.ListKeysAsync(new ListKeysRequest(), Cancellation);
        await client.ListKeysAsync(new ListKeysRequest(), Cancellation);
        await Assert.ThrowsAsync<NotFoundException>(() => client.DescribeKeyAsync("alias/none", Cancellation));

        // The store is read on a timer, and the last call is counted after its answer: neither is in the first ones.
        ProtobufMessage sent = await collector.WaitForAsync(static sent => Metrics(sent).ContainsKey("kms.due.held")
            && Metrics(sent).TryGetValue("kms.call.duration", out ProtobufMessage? calls)
            && calls.Message(9)!.Messages(1).Count() == 2);
        ProtobufMessage resources = Assert.Single(sent.Messages(1));
        Dictionary<string, string> resource = Attributes(resources.Message(1)!, 1);
        Assert.Equal(("kmstools", "test"), (resource["service.name"], resource["deployment.environment.name"]));
        Assert.Equal("0.1.0", resource["service.version"]);
        Assert.Equal("KmsTools", Assert.Single(resources.Messages(2)).Message(1)!.Text(1));
        Assert.Equal("POST /v1/metrics application/x-protobuf shop", collector.LastRequest);

        Dictionary<string, ProtobufMessage> metrics = Metrics(sent);
        Assert.Equal(
            [
                ("kms.body.memory", "By"), ("kms.body.memory.limit", "By"), ("kms.call.duration", "s"), ("kms.disk.free", "By"),
                ("kms.due.held", "{destruction}"), ("kms.event_log.size", "By"),
            ],
            metrics.OrderBy(static metric => metric.Key, StringComparer.Ordinal).Select(static metric => (metric.Key, metric.Value.Text(3))));
        Assert.Equal("Duration of calls, by operation and error.", metrics["kms.call.duration"].Text(2));
        Assert.Equal(67108864, (long)Point(metrics["kms.body.memory.limit"]).Number(6));
        Assert.Equal(0, (long)Point(metrics["kms.due.held"]).Number(6));

        ProtobufMessage histogram = metrics["kms.call.duration"].Message(9)!;
        Assert.Equal(2ul, histogram.Number(2));
        Dictionary<string, ProtobufMessage> points = histogram.Messages(1).ToDictionary(static point => string.Join(
            ',', Attributes(point, 9).OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key}={pair.Value}")));
        Assert.Equal(["error.type=NotFoundException,operation=DescribeKey", "operation=ListKeys"], points.Keys.Order(StringComparer.Ordinal));
        ProtobufMessage lists = points["operation=ListKeys"];
        Assert.Equal(2ul, lists.Number(4));
        Assert.Equal(s_bounds, lists.Doubles(7));
        Assert.Equal((s_bounds.Length + 1, 2ul), (lists.Numbers(6).Length, lists.Numbers(6).Aggregate(static (sum, one) => sum + one)));
        Assert.InRange(lists.Double(5), 0.00001, 60);
        await process.StopAsync();
    }

    [Fact]
    public async Task Metrics_OfThePastInterval_AreSentAtTheEnd()
    {
        await using Collector collector = await Collector.StartAsync();
        await using EndpointProcess process = await StartAsync(collector.Url + "/v1/metrics", [], []);
        using AmazonKeyManagementServiceClient client = process.Client("test", "test");
        await client.ListKeysAsync(new ListKeysRequest(), Cancellation);
        await process.StopAsync();
        Assert.Contains("kms.call.duration", Metrics(await collector.WaitForAsync(static _ => true)).Keys);
        Assert.StartsWith("POST /v1/metrics ", collector.LastRequest);
    }

    [Fact]
    public async Task Collector_ThatIsNotThere_IsWarnedOfOnce()
    {
        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        int port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        await using EndpointProcess process = await StartAsync(
            $"http://127.0.0.1:{port}", [], new() { ["OTEL_METRIC_EXPORT_INTERVAL"] = "100", ["OTEL_EXPORTER_OTLP_TIMEOUT"] = "500" });
        await using Collector? back = await WaitForWarningAsync(process, port);
        await back!.WaitForAsync(static _ => true);
        await back.WaitForAsync(static _ => true);
        process.Signal("TERM");
        (int exitCode, string errors) = await process.EndAsync();
        Assert.Equal(0, exitCode);
        Assert.Equal(
            [
                $"Warning: metrics cannot be sent to http://127.0.0.1:{port}/: it does not answer, or does not take them.",
                $"Metrics are sent to http://127.0.0.1:{port}/ again.",
            ],
            errors.Split('\n').Where(static line => line.Contains("etrics", StringComparison.Ordinal)));

        // After some intervals without it.
        static async Task<Collector> WaitForWarningAsync(EndpointProcess process, int port)
        {
            using AmazonKeyManagementServiceClient client = process.Client("test", "test");
            for (int i = 0; i < 20; i++)
            {
                await client.ListKeysAsync(new ListKeysRequest(), Cancellation);
                await Task.Delay(100, Cancellation);
            }

            return await Collector.StartAsync(port);
        }
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "OTEL_EXPORTER_OTLP_PROTOCOL is 'http/json'. This program sends by http/protobuf and grpc.")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "soon", "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT is 'soon'. Give a number of milliseconds above 0.")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "0", "OTEL_METRIC_EXPORT_INTERVAL is '0'. Give a number of milliseconds above 0.")]
    [InlineData(
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
        "none",
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE is 'none'. Give cumulative, delta or lowmemory.")]
    public async Task Variable_NotValid_IsRefused(string name, string value, string message) => Assert.Equal(
        (1, "", message + "\n"),
        await EndpointProcess.RunAsync(["--temporary", "--otlp", "http://127.0.0.1:1"], new() { [name] = value }));

    [Theory]
    [InlineData("127.0.0.1:4318")]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("http://me@127.0.0.1")]
    [InlineData("http://127.0.0.1/?a=b")]
    public async Task Url_NotValid_IsRefused(string url) => Assert.Equal(
        (2, "", $"'{url}' is not the URL of a collector, such as http://localhost:4318.\nHelp: KmsTools.Endpoint --help\n"),
        await EndpointProcess.RunAsync("--temporary", "--otlp", url));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenTelemetry_WithoutTheOption_IsNotLoaded(bool isOn)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux lists the files of a process.");
        await using EndpointProcess process = await StartAsync(isOn ? "http://127.0.0.1:1" : null, ["--metrics", "127.0.0.1:0"], new()
        {
            // A variable alone does not turn it on.
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1",
            ["OTEL_EXPORTER_OTLP_TIMEOUT"] = "500",
        });
        string[] loaded = [.. (await File.ReadAllLinesAsync($"/proc/{process.Id}/maps", Cancellation))
            .Where(static line => line.Contains("/OpenTelemetry.", StringComparison.Ordinal))];
        Assert.Equal(isOn, loaded.Length > 0);
        await process.StopAsync();
    }

    private static Task<EndpointProcess> StartAsync(string? url, string[] more, Dictionary<string, string?> environment) =>
        EndpointProcess.StartAsync(
            ["--temporary", "--dev-credentials", "test:test", .. url is null ? [] : new[] { "--otlp", url }, .. more], environment);

    // Of ExportMetricsServiceRequest: resource_metrics 1, in it scope_metrics 2, in it metrics 2, with its name 1.
    private static Dictionary<string, ProtobufMessage> Metrics(ProtobufMessage sent) => sent.Messages(1)
        .SelectMany(static resource => resource.Messages(2)).SelectMany(static scope => scope.Messages(2))
        .ToDictionary(static metric => metric.Text(1));

    // The only data point of a gauge.
    private static ProtobufMessage Point(ProtobufMessage metric) => Assert.Single(metric.Message(5)!.Messages(1));

    private static Dictionary<string, string> Attributes(ProtobufMessage of, int field) =>
        of.Messages(field).ToDictionary(static pair => pair.Text(1), static pair => pair.Message(2)!.Text(1));
}
