using System.Text;
using KmsTools.Http;

namespace KmsTools.Xks;

/// <summary>A request as a proxy received it.</summary>
internal sealed record SeenRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body) : ISignableRequest
{
    public string Query => "";

    public string Text => Encoding.UTF8.GetString(Body);

    public string? Header(string name) => Headers.GetValueOrDefault(name.ToLowerInvariant());

    /// <summary>Reads the next request; null when there is none any more.</summary>
    public static async Task<SeenRequest?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        List<byte> head = [];
        byte[] one = new byte[1];
        while (!Ends(head))
        {
            if (await stream.ReadAsync(one, cancellation) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        string[] lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, string> headers = lines[1..].Select(static line => line.Split(": ", 2))
            .ToDictionary(static parts => parts[0].ToLowerInvariant(), static parts => parts[1]);
        byte[] body = new byte[int.Parse(headers.GetValueOrDefault("content-length", "0"))];
        await stream.ReadExactlyAsync(body, cancellation);
        string[] first = lines[0].Split(' ');
        Assert.Equal("HTTP/1.1", first[2]);
        return new SeenRequest(first[0], first[1], headers, body);
    }

    private static bool Ends(List<byte> head) => head.Count >= 4 && head[^4..] is [13, 10, 13, 10];
}
