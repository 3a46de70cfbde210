using System.Net.Sockets;
using System.Text;

namespace KmsTools.XksProxy.Labs;

/// <summary>HTTP as it is written, which no client library would send.</summary>
public static class RawHttp
{
    /// <summary>Sends a head without a body, and gives the whole answer.</summary>
    public static async Task<string> SendAsync(Uri address, string method, string target, params string[] headers)
    {
        using TcpClient client = new();
        await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        NetworkStream stream = client.GetStream();
        string head = string.Join("\r\n", [$"{method} {target} HTTP/1.1", $"Host: {address.Authority}", "Connection: close",
            "Content-Length: 0", .. headers, "", ""]);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(head), TestContext.Current.CancellationToken);
        using StreamReader reader = new(stream);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
