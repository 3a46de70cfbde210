using System.Globalization;
using System.Net.Sockets;
using System.Text;
using KmsTools.Http;
using Microsoft.AspNetCore.Builder;

namespace KmsTools.Endpoint;

/// <summary>What those get who only want to keep an endpoint busy.</summary>
[Collection(typeof(AloneCollection))]
[OnEveryStore]
public sealed class StrangersTests(EndpointFixture endpoint) : IClassFixture<EndpointFixture>
{
    private const int MiB = 1024 * 1024;
    private const int Strangers = 400;

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [InFolder]
    public async Task Bodies_OfStrangers_AreNotWaitedForAndTakeNoMemory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The memory of a process is read from /proc.");
        await using EndpointProcess process = await EndpointProcess.StartAsync("--temporary", "--dev-credentials", "test:test");
        SignedCall call = new()
        {
            Operation = "ListKeys",
            Port = new Uri(process.Url).Port,
            AccessKeyId = "AKIAAAAAAAAAAAAAAAAA",
            Secret = "wrong",
            Time = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc),
        };
        byte[] request = [.. Encoding.UTF8.GetBytes(Head(call.Headers(), MiB)), .. new byte[MiB - 1]];
        using HttpClient http = new();
        await http.GetStringAsync(process.Url + "/healthz", Cancellation);
        long before = PeakMemory(process);

        string[] answers = await Task.WhenAll(Enumerable.Range(0, Strangers).Select(_ => AskAsync(call.Port.Value, request, untilClosed: true)));

        Assert.All(answers, static answer => Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", answer));
        Assert.All(answers, static answer => Assert.EndsWith(
            """{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}""", answer));
        Assert.InRange(PeakMemory(process) - before, 0, 64L * MiB);
        Assert.Equal("""{"status":"ok"}""", await http.GetStringAsync(process.Url + "/healthz", Cancellation));
    }

    [Theory]
    [InlineData("unknown access key")]
    [InlineData("expired")]
    [InlineData("host not signed")]
    [InlineData("stated hash, other secret")]
    public async Task Head_ThatIsRefused_IsAnsweredWithoutTheBody(string kind)
    {
        SignedCall call = new() { Endpoint = endpoint, Operation = "ListKeys" };
        call = kind switch
        {
            "unknown access key" => call with { AccessKeyId = "AKIAAAAAAAAAAAAAAAAA" },
            "expired" => call with { Time = DateTime.UtcNow.AddMinutes(-6) },
            "host not signed" => call with { Unsigned = ["host"] },
            _ => call with { Secret = "wrong", More = [("x-amz-content-sha256", new string('0', 64))], PayloadHash = new string('0', 64) },
        };

        string answer = await AskAsync(endpoint.Port, Encoding.UTF8.GetBytes(Head(call.Headers(), 1000)), untilClosed: false);

        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", answer);
        Assert.Contains(kind == "unknown access key" ? "UnrecognizedClientException" : "InvalidSignatureException", answer);
    }

    [Fact]
    public async Task Hash_Stated_IsComparedWithTheBody()
    {
        const string hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        SignedCall call = new() { Endpoint = endpoint, Operation = "ListKeys", More = [("x-amz-content-sha256", hash)] };

        Assert.Equal(200, (await call.SendAsync()).Status);
        Assert.Contains("InvalidSignatureException", (await (call with { SentBody = "{ }" }).SendAsync()).Body);
    }

    [Fact]
    public async Task Bodies_BeyondTheMemoryForThem_AreRefusedUntilOthersAreDone()
    {
        MemoryBudget bodies = new(4 * MiB);
        await using WebApplication application = EndpointHost.Build(endpoint.Engine, new EndpointOptions { Bodies = bodies });
        await application.StartAsync(Cancellation);
        int port = new Uri(EndpointHost.Url(application)).Port;
        SignedCall call = new() { Endpoint = endpoint, Port = port, Operation = "ListKeys", Url = EndpointHost.Url(application) };
        byte[] held = [.. Encoding.UTF8.GetBytes(Head(call.Headers(), MiB)), .. new byte[MiB - 1]];
        SignedCall large = call with { Body = "{}".PadRight(MiB) };

        List<TcpClient> holders = [];
        for (int i = 0; i < 3; i++)
        {
            TcpClient holder = new("127.0.0.1", port);
            holders.Add(holder);
            await holder.GetStream().WriteAsync(held, Cancellation);

            // One after the other: a buffer that grows is there twice for a moment. What has arrived comes in pieces of 64 KiB, so it is
            // doubled until it has the maximum length.
            long expected = (i + 1) * MiB;
            await WaitForAsync(() => bodies.Taken == expected);
        }

        (int status, string body, _) = await large.SendAsync();
        Assert.Equal(
            (400, """{"__type":"ThrottlingException","message":"The memory for the bodies of calls is used up by other calls. Try again later."}"""),
            (status, body));
        Assert.Equal(200, (await call.SendAsync()).Status);

        holders.ForEach(static holder => holder.Dispose());
        await WaitForAsync(() => bodies.Taken == 0);
        Assert.Equal(200, (await large.SendAsync()).Status);
        Assert.Equal(0, bodies.Taken);
    }

    [Fact]
    public async Task Connections_BeyondTheirNumber_AreClosed()
    {
        await using WebApplication application = EndpointHost.Build(endpoint.Engine, new EndpointOptions { MaxConnections = 2 });
        await application.StartAsync(Cancellation);
        int port = new Uri(EndpointHost.Url(application)).Port;
        byte[] request = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n"u8.ToArray();

        using (TcpClient first = new("127.0.0.1", port))
        using (TcpClient second = new("127.0.0.1", port))
        {
            Assert.StartsWith("HTTP/1.1 200 OK", await AskAsync(first, request, untilClosed: false));
            Assert.StartsWith("HTTP/1.1 200 OK", await AskAsync(second, request, untilClosed: false));
            Assert.Equal("", await AskAsync(port, request, untilClosed: true));
            Assert.StartsWith("HTTP/1.1 200 OK", await AskAsync(first, request, untilClosed: false));
        }

        string answer = "";
        for (int i = 0; answer.Length == 0; i++)
        {
            Assert.InRange(i, 0, 3000);
            answer = await AskAsync(port, request, untilClosed: false);
            await Task.Delay(10, Cancellation);
        }

        Assert.StartsWith("HTTP/1.1 200 OK", answer);
    }

    [Fact]
    public async Task Signatures_RefusedAgainAndAgain_AreAnsweredSlowlyAndLeaveOneEvent()
    {
        // So long that no machine takes it for the time of an answer.
        await using WebApplication application = EndpointHost.Build(
            endpoint.Engine,
            new EndpointOptions { RefusalDelay = TimeSpan.FromHours(1), RefusalPeriod = EndpointFixture.RefusalPeriod });
        await application.StartAsync(Cancellation);
        int port = new Uri(EndpointHost.Url(application)).Port;
        SignedCall good = new() { Endpoint = endpoint, Port = port, Operation = "ListKeys", Url = EndpointHost.Url(application) };
        SignedCall bad = good with { AccessKeyId = "AKIASTRANGERS0000001" };
        endpoint.Engine.RefusedSignatures.Record();

        for (int i = 0; i < 60; i++)
        {
            Assert.Contains("UnrecognizedClientException", (await bad.SendAsync()).Body);
        }

        // The endpoint of an earlier test may still be recording, and takes some of them along.
        await WaitForAsync(() => endpoint.Engine.RefusedSignatures.Note("AKIASTRANGERS0000001", "UnrecognizedClientException", "-") > 60);
        using TcpClient late = new("127.0.0.1", port);
        await late.GetStream().WriteAsync(Encoding.UTF8.GetBytes(Head(bad.Headers(), 2) + "{}"), Cancellation);
        Assert.Equal(200, (await good.SendAsync()).Status);
        Assert.Contains("UnrecognizedClientException", (await (bad with { AccessKeyId = "AKIASTRANGERS0000002" }).SendAsync()).Body);
        await WaitForAsync(() => endpoint.Engine.RefusedSignatures.Note("AKIASTRANGERS0000001", "UnrecognizedClientException", "-") > 62);
        endpoint.Engine.RefusedSignatures.Record();
        Assert.Single(
            endpoint.Engine.FindEvents(new Persistence.EventQuery { EventName = "SignaturesRefused" }),
            static recorded => recorded.CloudTrailEvent.Contains("AKIASTRANGERS0000001", StringComparison.Ordinal));
        byte[] answer = new byte[late.Available];
        late.GetStream().ReadExactly(answer);
        Assert.Equal("", Encoding.UTF8.GetString(answer));
    }

    private static string Head(IEnumerable<(string Name, string Value)> headers, int contentLength) =>
        "POST / HTTP/1.1\r\n" + string.Concat(headers.Select(static header => $"{header.Name}: {header.Value}\r\n"))
            + $"content-length: {contentLength}\r\n\r\n";

    private static async Task<string> AskAsync(int port, byte[] request, bool untilClosed)
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", port, Cancellation);
        return await AskAsync(client, request, untilClosed);
    }

    // Sends while it reads: the answer may come before all is sent.
    private static async Task<string> AskAsync(TcpClient client, byte[] request, bool untilClosed)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(AnswerLimit);
        NetworkStream stream = client.GetStream();
        Task sending = SendAsync(stream, request, limit.Token);
        StringBuilder received = new();
        byte[] buffer = new byte[4096];
        try
        {
            while (untilClosed || !IsWhole(received.ToString()))
            {
                int read = await stream.ReadAsync(buffer, limit.Token);
                if (read == 0)
                {
                    break;
                }

                received.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // The connection was reset: what was answered before is the answer.
        }

        if (untilClosed)
        {
            await sending;
        }

        return received.ToString();
    }

    private static async Task SendAsync(NetworkStream stream, byte[] request, CancellationToken cancellation)
    {
        try
        {
            await stream.WriteAsync(request, cancellation);
        }
        catch (IOException)
        {
            // It was refused before all was sent.
        }
    }

    private static bool IsWhole(string received) =>
        received.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var end and >= 0 && received[..end].Split("\r\n")
            .Where(static line => line.StartsWith("content-length: ", StringComparison.OrdinalIgnoreCase))
            .All(line => received.Length - end - 4 >= int.Parse(line[16..], CultureInfo.InvariantCulture));

    private static async Task WaitForAsync(Func<bool> condition)
    {
        for (int i = 0; !condition(); i++)
        {
            Assert.InRange(i, 0, 3000);
            await Task.Delay(10, Cancellation);
        }
    }

    private static long PeakMemory(EndpointProcess process) => 1024 * long.Parse(
        File.ReadLines($"/proc/{process.Id}/status").Single(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
