using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace KmsTools.Endpoint.Fuzzing;

/// <summary>Signed requests whose bytes were changed, over plain sockets: none is answered as a fault of the endpoint.</summary>
public sealed class MutatedHttpTests(EndpointFixture endpoint, ITestOutputHelper output) : IClassFixture<EndpointFixture>
{
    private const int Parallel = 8;

    private static readonly int s_requests = Campaign.Length(usual: 800, full: 130_000);

    [Fact]
    public async Task Request_Changed_IsNeverAFaultOfTheEndpoint()
    {
        Random random = new(Campaign.Seed);
        int[] seeds = [.. Enumerable.Range(0, s_requests).Select(_ => random.Next())];
        await RunAsync(seeds, static (request, seed) =>
        {
            Random own = new(seed);
            byte[] changed = Mutation.Of(request, own);
            return own.Next(4) == 0 ? [.. request, .. changed] : changed;
        });
    }

    [Fact]
    public async Task Request_OneByteChanged_IsAcceptedOnlyWhereNothingIsSaidByIt()
    {
        const int others = 255;
        int[] changes = [.. Enumerable.Range(0, Request(keyId: $"{Guid.Empty}").Length * others)];
        new Random(Campaign.Seed).Shuffle(changes);
        await RunAsync(
            changes[..Campaign.Length(usual: 400, full: changes.Length)],
            static (request, number) =>
            {
                byte[] changed = [.. request];
                changed[number / others] ^= (byte)(1 + (number % others));
                return changed;
            },
            MeansTheSame);
    }

    // The version, and the case of the method and of the names of headers; blanks, and empty elements of the authorization; a plus or
    // zeros before the length; how a line ends.
    private static bool MeansTheSame(byte[] request, byte[] changed)
    {
        string[] before = Lines(request);
        string[] after = Lines(changed);
        return before.Length == after.Length && before.Zip(after).All(static pair => Plain(pair.First) == Plain(pair.Second));

        static string[] Lines(byte[] bytes) => Encoding.Latin1.GetString(bytes).Split('\n');

        static string Plain(string line)
        {
            string text = line.Trim(' ', '\t', '\r').Replace('\t', ' ');

            // Kestrel takes any byte before the version of HTTP for a blank.
            text = text.EndsWith("HTTP/1.1", StringComparison.Ordinal) ? text[..^9] + " " + text[^8..] : text;
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            if (text.StartsWith('{'))
            {
                return text;
            }

            if (colon < 0)
            {
                return text.Replace("HTTP/1.0", "HTTP/1.1", StringComparison.Ordinal).ToUpperInvariant();
            }

            string name = text[..colon].ToLowerInvariant();
            string value = text[(colon + 1)..].Trim(' ');
            return $"{name}:" + name switch
            {
                "authorization" => string.Join(", ", value.Split(
                    ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
                "content-length" => value.TrimStart('+', '0'),
                _ => value,
            };
        }
    }

    private async Task RunAsync(int[] seeds, Func<byte[], int, byte[]> change, Func<byte[], byte[], bool>? mayBeAccepted = null)
    {
        string keyId = endpoint.Engine.Execute(new Operations.CreateKeyRequest()).KeyMetadata.KeyId;
        Dictionary<string, int> figures = [];
        Stopwatch clock = Stopwatch.StartNew();
        await System.Threading.Tasks.Parallel.ForEachAsync(
            seeds,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = TestContext.Current.CancellationToken },
            async (seed, cancellation) =>
            {
                byte[] request = Request(keyId);
                byte[] changed = change(request, seed);
                string[] statuses = await AskAsync(changed, cancellation);
                lock (figures)
                {
                    foreach (string status in statuses)
                    {
                        figures[status] = figures.GetValueOrDefault(status) + 1;
                    }
                }

                // 501 and 505 are the server's words for a transfer encoding and a version that it does not know.
                bool isRight = statuses.All(static status => status.Length == 0 || status[0] is '2' or '4' || status is "501" or "505")
                    && (mayBeAccepted is null || statuses is not ["200", ..] || mayBeAccepted(request, changed));
                Assert.True(
                    isRight,
                    $"{Campaign.Repeat(Campaign.Seed)}, seed {seed}: {string.Join(' ', statuses)}\n{Encoding.Latin1.GetString(changed)}");
            });
        output.WriteLine(
            $"{seeds.Length} requests in {clock.Elapsed.TotalSeconds:F0} s, {Campaign.Repeat(Campaign.Seed)}: "
            + string.Join(", ", figures.OrderByDescending(static one => one.Value).Select(static one => $"{one.Value} '{one.Key}'")));
        Assert.Equal(200, (await new SignedCall { Endpoint = endpoint, Operation = "ListKeys" }.SendAsync()).Status);
    }

    private byte[] Request(string keyId)
    {
        SignedCall call = new()
        {
            Endpoint = endpoint,
            Operation = "Encrypt",
            Body = $$$"""{"KeyId":"{{{keyId}}}","Plaintext":"aGVsbG8=","EncryptionContext":{"a":"b"}}""",
        };
        string head = string.Concat(call.Headers().Select(static header => $"{header.Name}: {header.Value}\r\n"));
        return Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"POST / HTTP/1.1\r\n{head}content-length: {call.Body.Length}\r\n\r\n{call.Body}"));
    }

    // The statuses of all answers, until the endpoint closes the connection; a status without text where it resets it.
    private async Task<string[]> AskAsync(byte[] request, CancellationToken cancellation)
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", endpoint.Port, cancellation);
        using MemoryStream answer = new();
        try
        {
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(request, cancellation);
            client.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(answer, cancellation);
        }
        catch (IOException)
        {
            // What was answered before is judged.
        }

        string[] parts = Encoding.Latin1.GetString(answer.ToArray()).Split("HTTP/1.1 ");
        return parts.Length == 1 ? [""] : [.. parts[1..].Select(static part => part[..3])];
    }
}
