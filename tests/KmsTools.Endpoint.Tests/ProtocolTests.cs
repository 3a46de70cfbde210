using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;

namespace KmsTools.Endpoint;

/// <summary>HTTP as it is on the wire, where it is not what a client of AWS sends.</summary>
[OnEveryStore]
public sealed partial class ProtocolTests(EndpointFixture endpoint) : IClassFixture<EndpointFixture>
{
    private const string HowToCall = "Calls are made with POST / and an X-Amz-Target header: AWS JSON 1.1 is the only protocol.";
    private const string Mismatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing "
            + "method. Consult the service documentation for details.";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private SignedCall Call => new() { Endpoint = endpoint, Operation = "GenerateRandom", Body = """{"NumberOfBytes":16}""" };

    [Fact]
    public async Task Body_AnnouncedWith100Continue_IsAskedFor()
    {
        await using Connection connection = await ConnectAsync();
        await connection.SendAsync(Head(Call.Headers(), "Content-Length: 20", "Expect: 100-continue"));
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await connection.ReadAsync("\r\n\r\n"));
        await connection.SendAsync(Call.Body);

        Assert.Equal((200, true), Answered(await connection.AnswerAsync()));
    }

    [Theory]
    [InlineData("14\r\n{\"NumberOfBytes\":16}\r\n0\r\n\r\n")]
    [InlineData("8\r\n{\"Number\r\n0c;a=b\r\nOfBytes\":16}\r\n0\r\nX-Trailer: y\r\n\r\n")]
    public async Task Body_InChunks_IsPutTogether(string chunks)
    {
        await using Connection connection = await ConnectAsync();
        await connection.SendAsync(Head(Call.Headers(), "Transfer-Encoding: chunked") + chunks);

        Assert.Equal((200, true), Answered(await connection.AnswerAsync()));
    }

    [Fact]
    public async Task Body_ByteByByte_IsWaitedFor()
    {
        await using Connection connection = await ConnectAsync();
        foreach (char c in Whole(Call))
        {
            await connection.SendAsync(c.ToString());
        }

        Assert.Equal((200, true), Answered(await connection.AnswerAsync()));
    }

    [Fact]
    public async Task Calls_Pipelined_AreAnsweredInOrderWhateverBecameOfTheOneBefore()
    {
        await using Connection connection = await ConnectAsync();
        string other = Whole(Call with { Operation = "Nope" });
        string elsewhere = Whole(Call).Replace("POST / ", "POST /elsewhere ", StringComparison.Ordinal);
        await connection.SendAsync(Whole(Call) + other + Whole(Call) + elsewhere + Whole(Call with { Secret = "wrong" }) + Whole(Call));

        int[] statuses = new int[6];
        for (int i = 0; i < statuses.Length; i++)
        {
            statuses[i] = (await connection.AnswerAsync()).Status;
        }

        Assert.Equal([200, 400, 200, 404, 400, 200], statuses);
    }

    [Theory]
    [InlineData("UNSIGNED-PAYLOAD")]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")]
    [InlineData("STREAMING-UNSIGNED-PAYLOAD-TRAILER")]
    public async Task Body_NotSignedAsAWhole_IsRefused(string payload)
    {
        await using Connection connection = await ConnectAsync();
        SignedCall call = Call with { More = [("content-encoding", "aws-chunked"), ("x-amz-content-sha256", payload)], PayloadHash
            = payload };
        await connection.SendAsync(Whole(call));

        Assert.Equal((400, "InvalidSignatureException", Mismatch), Refused(await connection.AnswerAsync()));
    }

    [Theory]
    [InlineData("GET /")]
    [InlineData("PUT /")]
    [InlineData("OPTIONS /")]
    [InlineData("OPTIONS *")]
    [InlineData("TRACE /")]
    [InlineData("BREW /")]
    [InlineData("POST /kms")]
    [InlineData("POST //")]
    [InlineData("POST /?Action=ListKeys")]
    [InlineData("POST /healthz/")]
    [InlineData("POST /service/TrentService/operation/GenerateRandom")]
    public async Task Request_NotACall_GetsHowToCall(string line)
    {
        await using Connection connection = await ConnectAsync();
        await connection.SendAsync(Whole(Call).Replace("POST /", line, StringComparison.Ordinal));

        Assert.Equal((404, "UnknownOperationException", HowToCall), Refused(await connection.AnswerAsync()));
    }

    [Fact]
    public async Task Request_ForCbor_GetsHowToCall()
    {
        await using Connection connection = await ConnectAsync();
        await connection.SendAsync(
            $"POST /service/TrentService/operation/ListKeys HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.Port}\r\nsmithy-protocol: rpc-v2-cbor\r\n"
            + "Accept: application/cbor\r\nContent-Type: application/cbor\r\nContent-Length: 2\r\n\r\n\u007f\u007f");

        (int Status, string Head, string Body) answer = await connection.AnswerAsync();

        Assert.Equal((404, "UnknownOperationException", HowToCall), Refused(answer));
        Assert.DoesNotContain("smithy-protocol", answer.Head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Head_OfTheRoot_GetsNoBody()
    {
        await using Connection connection = await ConnectAsync();
        await connection.SendAsync($"HEAD / HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.Port}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404 Not Found\r\n", await connection.ReadAsync("\r\n\r\n"));

        // Were there a body, it would come before this answer.
        await connection.SendAsync(Whole(Call));
        Assert.Equal((200, true), Answered(await connection.AnswerAsync()));
    }

    [Theory]
    [InlineData("POST http://127.0.0.1:{port}/ HTTP/1.1")]
    [InlineData("POST http://127.0.0.1:{port} HTTP/1.1")]
    [InlineData("POST / HTTP/1.0")]
    public async Task RequestLine_InAnotherForm_IsUnderstood(string line)
    {
        await using Connection connection = await ConnectAsync();
        await connection.SendAsync(Whole(Call).Replace(
            "POST / HTTP/1.1", line.Replace(
                "{port}",
                endpoint.Port.ToString(CultureInfo.InvariantCulture),
                StringComparison.Ordinal), StringComparison.Ordinal));

        Assert.Equal((200, true), Answered(await connection.AnswerAsync()));
    }

    [Theory]
    [InlineData(400, "POST http://example.com/ HTTP/1.1")]
    [InlineData(505, "POST / HTTP/3.0")]
    [InlineData(400, "POST /")]
    [InlineData(400, "\u0016\u0003\u0001\u0002")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: other")]
    [InlineData(400, "POST / HTTP/1.1\r\nContent-Length: 7")]
    [InlineData(400, "POST / HTTP/1.1\r\nContent-Length: -1")]
    [InlineData(400, "POST / HTTP/1.1\r\nTransfer-Encoding: gzip")]
    [InlineData(400, "POST / HTTP/1.1\r\nX-Folded: a\r\n b")]
    [InlineData(400, "POST / HTTP/1.1\r\nX-Nul: \0")]
    [InlineData(431, "POST / HTTP/1.1\r\nX-Long: {long}")]
    [InlineData(414, "POST /{long} HTTP/1.1")]
    public async Task Request_NotHttp_IsRefusedWithoutABodyAndTheConnectionClosed(int status, string begin)
    {
        await using Connection connection = await ConnectAsync();
        await connection.SendAsync(Whole(Call).Replace(
            "POST / HTTP/1.1",
            begin.Replace("{long}", new string('x', 33_000), StringComparison.Ordinal),
            StringComparison.Ordinal));

        (int Status, string Head, string Body) answer = await connection.AnswerAsync();

        Assert.Equal((status, ""), (answer.Status, answer.Body));
        Assert.Contains("Connection: close\r\n", answer.Head);
        Assert.True(await connection.IsClosedAsync());
    }

    [Fact]
    public async Task Request_OfHttp2_IsRefused()
    {
        await using Connection connection = await ConnectAsync();
        await connection.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0");

        Assert.True(await connection.IsClosedAsync());
        await TheNextIsServedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_ThatHangsUpDuringACall_HarmsNoOther(bool inBody)
    {
        string head = Head(Call.Headers(), "Content-Length: 2000");
        for (int i = 0; i < 200; i++)
        {
            await using Connection connection = await ConnectAsync();
            await connection.SendAsync(inBody ? head + "{\"Numb" : head[..^20]);
            connection.Abort();
        }

        await TheNextIsServedAsync();
    }

    [Fact]
    public async Task Head_ThatDoesNotCome_IsNotWaitedFor()
    {
        await using WebApplication application = EndpointHost.Build(
            endpoint.Engine, new EndpointOptions { HeadLimit = TimeSpan.FromSeconds(1), RefusalPeriod = EndpointFixture.RefusalPeriod });
        await application.StartAsync(TestContext.Current.CancellationToken);
        await using Connection connection = await ConnectAsync(new Uri(EndpointHost.Url(application)).Port);
        await connection.SendAsync("POST / HTTP/1.1\r\nHost: ");

        (int Status, string Head, string Body) answer = await connection.AnswerAsync();
        Assert.Equal((408, ""), (answer.Status, answer.Body));
        Assert.True(await connection.IsClosedAsync());
    }

    [Fact]
    public async Task Signature_InTheQuery_GetsWhereItBelongs()
    {
        await using Connection connection = await ConnectAsync();
        await connection.SendAsync(Whole(Call).Replace(
            "POST / ",
            "POST /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2F20260101%2Fus-east-1%2Fkms%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00 ",
            StringComparison.Ordinal));

        Assert.Equal(
            (400, "IncompleteSignatureException", "Signatures in the query string are not supported: sign with an Authorization header."),
            Refused(await connection.AnswerAsync()));
    }

    [Fact]
    public async Task StsCall_AnnouncedTooLong_IsRefusedInItsXml()
    {
        await using Connection connection = await ConnectAsync();
        await connection.SendAsync(Head(
            (Call with { HasTarget = false, Service = "sts", ContentType = "application/x-www-form-urlencoded" })
                .Headers(), "Content-Length: 1048577"));

        (int Status, string Head, string Body) answer = await connection.AnswerAsync();

        Assert.Equal(413, answer.Status);
        Assert.Contains("<Code>RequestEntityTooLarge</Code>", answer.Body);
        Assert.Contains("<Message>The body is longer than 1048576 bytes.</Message>", answer.Body);
    }

    [Theory]
    [InlineData("?a=%zz")]
    [InlineData("?=&&;%00%ff")]
    [InlineData("?\u007f\u0001")]
    public async Task Query_WithUnusualCharacters_IsRefused(string query)
    {
        await using Connection connection = await ConnectAsync();
        await connection.SendAsync(Whole(Call).Replace("POST / ", $"POST /{query} ", StringComparison.Ordinal));

        Assert.InRange((await connection.AnswerAsync()).Status, 400, 404);
    }

    private static string Head(IEnumerable<(string Name, string Value)> headers, params string[] more) =>
        $"POST / HTTP/1.1\r\n{string.Concat(headers.Select(static header => $"{header.Name}: {header.Value}\r\n"))}{string.Concat(more.Select(static line => line + "\r\n"))}\r\n";

    private static string Whole(SignedCall call) => Head(call.Headers(), $"Content-Length: {call.Body.Length}") + call.Body;

    private static (int Status, bool HasRandom) Answered((int Status, string Head, string Body) answer) =>
        (answer.Status, JsonElement.Parse(answer.Body).TryGetProperty("Plaintext", out JsonElement random)
            && random.GetBytesFromBase64().Length == 16);

    private static (int Status, string? Code, string? Message) Refused((int Status, string Head, string Body) answer)
    {
        JsonElement error = JsonElement.Parse(answer.Body);
        return (answer.Status, error.GetProperty("__type").GetString(), error.GetProperty("message").GetString());
    }

    private async Task TheNextIsServedAsync()
    {
        await using Connection connection = await ConnectAsync();
        await connection.SendAsync(Whole(Call));
        Assert.Equal((200, true), Answered(await connection.AnswerAsync()));
    }

    private async Task<Connection> ConnectAsync(int? port = null)
    {
        TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", port ?? endpoint.Port, TestContext.Current.CancellationToken);
        return new Connection(client);
    }

    private sealed partial class Connection(TcpClient client) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _limit = new(Limit);
        private readonly byte[] _buffer = new byte[8192];
        private string _received = "";

        public async Task SendAsync(string text)
        {
            try
            {
                await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text), _limit.Token);
            }
            catch (IOException)
            {
                // It was answered before it was all sent.
            }
        }

        /// <summary>What comes up to and with an end.</summary>
        public async Task<string> ReadAsync(string end)
        {
            int at;
            while ((at = _received.IndexOf(end, StringComparison.Ordinal)) < 0)
            {
                await MoreAsync();
            }

            return Take(at + end.Length);
        }

        public async Task<(int Status, string Head, string Body)> AnswerAsync()
        {
            string head = await ReadAsync("\r\n\r\n");
            int length = int.Parse(ContentLength().Match(head).Groups["length"].Value, CultureInfo.InvariantCulture);
            while (_received.Length < length)
            {
                await MoreAsync();
            }

            return (int.Parse(head.Split(' ')[1], CultureInfo.InvariantCulture), head, Take(length));
        }

        public async Task<bool> IsClosedAsync()
        {
            try
            {
                while (await client.GetStream().ReadAsync(_buffer, _limit.Token) > 0)
                {
                    // HTTP/2 says goodbye with a frame.
                }
            }
            catch (IOException)
            {
                // Closed with something unread.
            }

            return true;
        }

        public void Abort() => client.Client.Close(0);

        public ValueTask DisposeAsync()
        {
            client.Dispose();
            _limit.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task MoreAsync()
        {
            int read = await client.GetStream().ReadAsync(_buffer, _limit.Token);
            Assert.True(read > 0, $"The connection ended with '{_received}'.");
            _received += Encoding.Latin1.GetString(_buffer, 0, read);
        }

        private string Take(int length)
        {
            string taken = _received[..length];
            _received = _received[length..];
            return taken;
        }

        [GeneratedRegex("^Content-Length: (?<length>[0-9]+)\r$", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
        private static partial Regex ContentLength();
    }
}
