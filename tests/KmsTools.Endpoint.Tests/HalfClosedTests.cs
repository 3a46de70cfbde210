using System.Net.Sockets;
using System.Text;

namespace KmsTools.Endpoint;

/// <summary>Clients that close their sending side after a request, as <c>nc -N</c> does, and wait for the answer.</summary>
[OnEveryStore]
public sealed class HalfClosedTests(EndpointFixture endpoint) : IClassFixture<EndpointFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_WholeAndSendingSideClosed_IsAnswered()
    {
        string keyId = Key();
        for (int i = 0; i < 20; i++)
        {
            string answer = await AskAsync("DescribeKey", $$"""{"KeyId":"{{keyId}}"}""", missing: 0);
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
            Assert.Contains($"\"KeyId\":\"{keyId}\"", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Change_WholeAndSendingSideClosed_IsMadeOnceAndAnswered()
    {
        string keyId = Key();
        string answer = await AskAsync("UpdateKeyDescription", $$"""{"KeyId":"{{keyId}}","Description":"of nc -N"}""", missing: 0);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.Equal("of nc -N", endpoint.Engine.Execute(new Operations.DescribeKeyRequest { KeyId = keyId }).KeyMetadata.Description);
    }

    [Fact]
    public async Task Request_CutShort_IsNotExecuted()
    {
        string keyId = Key();
        string answer = await AskAsync("UpdateKeyDescription", $$"""{"KeyId":"{{keyId}}","Description":"cut"}""", missing: 1);
        Assert.Equal("", answer);
        Assert.Equal("", endpoint.Engine.Execute(new Operations.DescribeKeyRequest { KeyId = keyId }).KeyMetadata.Description);
    }

    private string Key() => endpoint.Engine.Execute(new Operations.CreateKeyRequest()).KeyMetadata.KeyId;

    private async Task<string> AskAsync(string operation, string body, int missing)
    {
        SignedCall call = new() { Endpoint = endpoint, Operation = operation, Body = body };
        string head = string.Concat(call.Headers().Select(static header => $"{header.Name}: {header.Value}\r\n"));
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", endpoint.Port, Cancellation);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.UTF8.GetBytes($"POST / HTTP/1.1\r\n{head}content-length: {body.Length}\r\n\r\n{body[..^missing]}"), Cancellation);
        client.Client.Shutdown(SocketShutdown.Send);
        using StreamReader reader = new(stream);
        try
        {
            return await reader.ReadToEndAsync(Cancellation);
        }
        catch (IOException)
        {
            // Reset: what Kestrel does with half a request.
            return "";
        }
    }
}
