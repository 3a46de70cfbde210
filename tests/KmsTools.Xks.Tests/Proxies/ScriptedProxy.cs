using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>A proxy over real sockets and TLS that answers what a test tells it to, byte for byte if need be.</summary>
internal sealed class ScriptedProxy : IAsyncDisposable
{
    public const string AccessKeyId = "ABCDEFGHIJKLMNOPQRST";
    public const string Secret = "PleaseReplaceThisWithSomeSecretOfLength43To64";
    public const string UriPath = "/example/kms/xks/v1";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly Func<SeenRequest, Stream, Task> _answer;
    private readonly Task _accepting;
    private int _connections;
    private int _open;

    /// <summary>Listens.</summary>
    /// <param name="answer">Writes the answer to a request.</param>
    /// <param name="tls">The handshake; null for that of a good certificate.</param>
    /// <param name="isPlain">Whether there is no TLS.</param>
    public ScriptedProxy(Func<SeenRequest, Stream, Task> answer, SslServerAuthenticationOptions? tls = null, bool isPlain = false)
    {
        _answer = answer;
        _tls = isPlain ? null : tls ?? Tls(Certificate);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Answers each request with the same text.</summary>
    public ScriptedProxy(int status, string body)
        : this((_, stream) => ReplyAsync(stream, status, body))
    {
    }

    public static SslStreamCertificateContext Certificate { get; } = TestAuthority.Trusted.Server();

    public ConcurrentQueue<SeenRequest> Requests { get; } = new();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections there were.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>How many connections there are.</summary>
    public int OpenConnections => Volatile.Read(ref _open);

    public static SslServerAuthenticationOptions Tls(SslStreamCertificateContext certificate) =>
        new() { ServerCertificateContext = certificate, EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 };

    public static async Task ReplyAsync(Stream stream, int status, string body, string headers = "Content-Type: application/json\r\n")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} Status\r\n{headers}Content-Length: {bytes.Length}\r\n\r\n"));
        await stream.WriteAsync(bytes);
        await stream.FlushAsync();
    }

    public static XksProxyTarget TargetAt(int port, TimeSpan? timeout = null, string? store = null) => new()
    {
        CustomKeyStoreId = store ?? "cks-" + Guid.NewGuid().ToString("N"),
        Host = TestAuthority.Host,
        UriPath = UriPath,
        Region = "eu-central-1",
        Credential = new XksCredential(AccessKeyId, KmsTools.Cryptography.Secret.TakeOver(Encoding.ASCII.GetBytes(Secret))),
        Address = "127.0.0.1",
        Port = port,
        TrustAnchors = [TestAuthority.Trusted.Pem],
        Timeout = timeout ?? TimeSpan.FromSeconds(20),
    };

    public XksProxyTarget Target(TimeSpan? timeout = null, string? store = null) => TargetAt(Port, timeout, store);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        foreach (TcpClient client in _clients)
        {
            client.Dispose();
        }

        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _clients.Add(client);
                Interlocked.Increment(ref _connections);
                Interlocked.Increment(ref _open);
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            client.NoDelay = true;
            Stream stream = client.GetStream();
            if (_tls is not null)
            {
                SslStream tls = new(stream);
                await tls.AuthenticateAsServerAsync(_tls, _stop.Token);
                stream = tls;
            }

            while (await SeenRequest.ReadAsync(stream, _stop.Token) is { } request)
            {
                Requests.Enqueue(request);
                await _answer(request, stream);
            }
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or OperationCanceledException
            or ObjectDisposedException or EndOfStreamException)
        {
            // The client or the answer has ended the connection.
        }
        finally
        {
            client.Dispose();
            Interlocked.Decrement(ref _open);
        }
    }
}
