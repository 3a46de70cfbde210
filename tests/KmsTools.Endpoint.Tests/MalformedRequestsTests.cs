using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace KmsTools.Endpoint;

/// <summary>Alone, so that its measure of memory is of nothing else.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>Requests that no client of AWS makes, from a seeded generator, over plain sockets.</summary>
[Collection(typeof(AloneCollection))]
public sealed class MalformedRequestsTests(EndpointFixture endpoint) : IClassFixture<EndpointFixture>
{
    private const int Seed = 20140901;
    private const int Parallel = 8;
    private const int Passes = 3;
    private const long MaxGrowth = 24 * 1024 * 1024;

    private static readonly int Count = Campaign.Length(usual: 850, full: 2400);

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);

    /// <summary>One request.</summary>
    /// <param name="Kind">What is wrong with it.</param>
    /// <param name="Bytes">The request.</param>
    /// <param name="Ends">Whether the client hangs up its sending side.</param>
    private sealed record Malformed(string Kind, byte[] Bytes, bool Ends = false);

    [Fact]
    public async Task Request_Malformed_GetsA4xxWithAnErrorInItsBody()
    {
        Random random = new(Seed);
        Malformed[] requests = [.. Enumerable.Range(0, Count).Select(number => Make(number, random))];
        List<string> failures = new();
        long before = 0;
        for (int pass = 0; pass < Passes; pass++)
        {
            // Buffers and threads come to what they need in the passes before the last.
            before = MeasureMemory();
            failures.AddRange(await SendAsync(requests));
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {Passes * Count}: {string.Join('\n', failures.Take(10))}");
        Assert.InRange(MeasureMemory() - before, long.MinValue, MaxGrowth);
        Assert.Equal(200, (await new SignedCall { Endpoint = endpoint, Operation = "ListKeys" }.SendAsync()).Status);
    }

    private static long MeasureMemory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private async Task<List<string>> SendAsync(IEnumerable<Malformed> requests)
    {
        List<string> failures = new();
        await System.Threading.Tasks.Parallel.ForEachAsync(
            requests,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = TestContext.Current.CancellationToken },
            async (request, cancellation) =>
            {
                if (await JudgeAsync(request, cancellation) is { } failure)
                {
                    lock (failures)
                    {
                        failures.Add($"{request.Kind}: {failure}");
                    }
                }
            });
        return failures;
    }

    [Fact]
    public async Task Request_OfASenderThatStalls_IsNotWaitedFor()
    {
        SignedCall call = new() { Endpoint = endpoint, Operation = "ListKeys" };
        byte[] head = Encoding.UTF8.GetBytes(Head(call.Headers(), contentLength: 100_000) + "{");
        Stopwatch clock = Stopwatch.StartNew();

        (string Status, string Body)[] answers = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(_ => AskAsync(new Malformed("stalls", head), TestContext.Current.CancellationToken)));

        Assert.All(answers, static answer => Assert.Equal("408", answer.Status));
        Assert.All(answers, static answer => Assert.Contains("RequestTimeoutException", answer.Body));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, AnswerLimit);
    }

    [Theory]
    [InlineData("ffffffffffffffff")]
    [InlineData("80000000")]
    [InlineData("-1")]
    [InlineData("x")]
    public async Task Request_ChunkOfNoLength_IsRefused(string length)
    {
        SignedCall call = new() { Endpoint = endpoint, Operation = "ListKeys" };
        byte[] request = Encoding.UTF8.GetBytes(Head(call.Headers().Append(("transfer-encoding", "chunked")), null) + length + "\r\n");

        (string status, string body) = await AskAsync(new Malformed("chunk", request), TestContext.Current.CancellationToken);

        Assert.Equal(("400", "SerializationException"), (status, JsonElement.Parse(body).GetProperty("__type").GetString()));
    }

    private static string Head(IEnumerable<(string Name, string Value)> headers, long? contentLength)
    {
        StringBuilder head = new("POST / HTTP/1.1\r\n");
        foreach ((string name, string value) in headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        return (contentLength is { } length ? head.Append(CultureInfo.InvariantCulture, $"content-length: {length}\r\n") : head).Append(
            "\r\n").ToString();
    }

    private static byte[] Request(SignedCall call) => Request(call.Headers(), call.SentBody ?? call.Body);

    private static byte[] Request(IEnumerable<(string Name, string Value)> headers, string body) =>
        Encoding.UTF8.GetBytes(Head(headers, Encoding.UTF8.GetByteCount(body)) + body);

    private static string Nested(int depth, string value = "1") =>
        string.Concat(Enumerable.Repeat("{\"a\":", depth)) + value + new string('}', depth);

    private Malformed Make(int number, Random random)
    {
        SignedCall call = new() { Endpoint = endpoint, Operation = "Encrypt" };
        const string whole = """{"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab","Plaintext":"aGVsbG8=","EncryptionContext":{"a":"b"}}""";
        int at = random.Next(1, whole.Length - 1);
        switch (number % 17)
        {
            case 0:
                return new("truncated JSON", Request(call with { Body = whole[..at] }));
            case 1:
                return new(
                    "body shorter than announced",
                    Encoding.UTF8.GetBytes(Head(call.Headers(), whole.Length + random.Next(1, 5000)) + whole[..at]),
                    Ends: true);
            case 2:
                return new(
                    "huge body announced",
                    Encoding.UTF8.GetBytes(Head(call.Headers(), random.NextInt64(1024 * 1024 + 1, long.MaxValue))));
            case 3:
                return new("huge body sent", Encoding.UTF8.GetBytes(
                    Head(call.Headers().Append(("transfer-encoding", "chunked")), null) + "200000\r\n" + new string('x', 0x200000)
                        + "\r\n0\r\n\r\n"));
            case 4:
                string[] types = ["text/plain", "application/json", "application/cbor", "multipart/form-data", "application/x-www-form-urlencoded", "application/x-amz-json-1.0"];
                return new("content type", Request(call with { Body = whole, ContentType = types[random.Next(types.Length)] }));
            case 5:
                return new("deep nesting", Request(call with { Body = Nested(random.Next(40, 60_000)) }));
            case 6:
                return new("deep lists", Request(call with { Body = $$"""{"GrantTokens":{{new string('[', random.Next(20, 90_000))}}""" }));
            case 7:
                const string alphabet = "=*!-_ABC \\u0000";
                return new("base64", Request(call with { Body = $$"""{"KeyId":"a","Plaintext":"{{new string(random.GetItems<char>(alphabet.AsSpan(0, 6), random.Next(1, 40)))}}*"}""" }));
            case 8:
                string[] twice = ["x-amz-target", "authorization", "x-amz-date", "host", "content-length", "content-type"];
                string name = twice[random.Next(twice.Length)];
                return new("two of " + name, Request(call.Headers().Append((name, name == "content-length" ? "7" : "other")), whole));
            case 9:
                string[] values = ["1", "true", "[]", "{}", "null", "1e400", "-0", "\"\\ud800\"", "\"x\"", "NaN", "'x'", "01"];
                string[] members = ["Plaintext", "EncryptionContext", "GrantTokens", "DryRun", "KeyId"];
                return new("wrong type", Request(
                    call with { Body = $$"""{"{{members[random.Next(members.Length)]}}":{{values[random.Next(values.Length)]}}}""" }));
            case 10:
                byte[] changed = Encoding.UTF8.GetBytes(whole);
                changed[at] = (byte)random.Next(0x80, 0x100);
                return new("bytes that are no UTF-8", [.. Encoding.UTF8.GetBytes(Head(call.Headers(), changed.Length)), .. changed]);
            case 11:
                return new("target", Request(call with { Operation = new string((char)random.Next('a', 'z'), random.Next(0, 2000)) }));
            case 12:
                return new("authorization", Request(call with
                {
                    Body = whole,
                    Spoil = authorization =>
                    {
                        char[] spoilt = authorization.ToCharArray();
                        for (int i = random.Next(1, 9); i > 0; i--)
                        {
                            spoilt[random.Next(spoilt.Length)] = (char)random.Next('!', '~');
                        }

                        return new string(spoilt);
                    },
                }));
            case 13:
                return new(
                    "text that is no key",
                    Request(call with { Body = $$"""{"KeyId":"{{new string('k', random.Next(1, 100_000))}}","Plaintext":"aGVsbG8="}""" }));
            case 14:
                string[] methods = ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD2"];
                return new("method", Encoding.UTF8
                    .GetBytes($"{methods[random.Next(methods.Length)]} /{random.Next()} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"));
            case 15:
                string[] sizes = ["ffffffffffffffff", "80000000", "-1", "x", "", "2;\n", "7fffffffffffffff", " 2"];
                return new("chunk size", Encoding.UTF8.GetBytes(
                    Head(call.Headers().Append(("transfer-encoding", "chunked")), null) + sizes[random.Next(sizes.Length)] + "\r\n"), Ends: true);
            default:
                return new("many members", Request(call with { Body = "{"
                    + string.Join(',', Enumerable.Range(0, random.Next(10, 5000)).Select(static i => $"\"m{i}\":[{i}]"))
                    + "}" }));
        }
    }

    private async Task<string?> JudgeAsync(Malformed request, CancellationToken cancellation)
    {
        try
        {
            (string status, string body) = await AskAsync(request, cancellation);
            return request.Ends && status.Length == 0 ? null
                : status.Length != 3 || status[0] != '4' ? $"answered with '{status}' {body}"
                : body.Contains("   at ", StringComparison.Ordinal) ? $"a stack trace: {body}"
                : IsRefusedByServer(request, status) ? null
                : JsonElement.Parse(body).TryGetProperty("__type", out _) ? null
                : $"no error in {body}";
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or JsonException)
        {
            return exception.Message;
        }
    }

    // What is no HTTP is refused before there is a request to answer.
    private static bool IsRefusedByServer(Malformed request, string status) =>
        status == "400" && request.Kind is "two of host" or "two of content-length";

    private async Task<(string Status, string Body)> AskAsync(Malformed request, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerLimit);
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", endpoint.Port, limit.Token);
        NetworkStream stream = client.GetStream();
        try
        {
            await stream.WriteAsync(request.Bytes, limit.Token);
            if (request.Ends)
            {
                client.Client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (IOException)
        {
            // It was answered before it was all sent.
        }

        try
        {
            return await ReadAnswerAsync(stream, limit.Token);
        }
        catch (IOException) when (request.Ends)
        {
            // Who hangs up before the request is whole is not there to be answered.
            return ("", "");
        }
    }

    private static async Task<(string Status, string Body)> ReadAnswerAsync(NetworkStream stream, CancellationToken cancellation)
    {
        StringBuilder received = new();
        byte[] buffer = new byte[8192];
        while (true)
        {
            string text = received.ToString();
            int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0 && text.Length - end - 4 >= ContentLength(text[..end]))
            {
                return (text.Split(' ')[1], text[(end + 4)..]);
            }

            int read = await stream.ReadAsync(buffer, cancellation);
            if (read == 0)
            {
                throw new IOException($"The connection ended with '{text}'.");
            }

            received.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
    }

    private static int ContentLength(string head) => head.Split("\r\n")
        .Select(static line => line.Split(": "))
        .Where(static parts => parts[0].Equals("content-length", StringComparison.OrdinalIgnoreCase))
        .Select(static parts => int.Parse(parts[1], CultureInfo.InvariantCulture))
        .FirstOrDefault();
}
