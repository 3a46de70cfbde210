using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace KmsTools.Storage;

/// <summary>A server of syslog over TCP or TLS with octet counting (RFC 6587), which keeps what it receives.</summary>
internal sealed class SyslogServer : IDisposable
{
    private readonly TcpListener _listener;
    private readonly SslStreamCertificateContext? _certificate;
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly BlockingCollection<string> _messages = [];

    public SyslogServer(int port = 0, SslStreamCertificateContext? certificate = null)
    {
        _certificate = certificate;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The next message, for which it waits.</summary>
    public string Take() => _messages.TryTake(out string? message, TimeSpan.FromSeconds(30))
        ? message : throw new InvalidOperationException("No message came.");

    public void Dispose()
    {
        _listener.Stop();
        foreach (TcpClient client in _clients)
        {
            client.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync();
                _clients.Add(client);
                _ = ReadAsync(client);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // It was stopped.
        }
    }

    private async Task ReadAsync(TcpClient client)
    {
        try
        {
            Stream stream = client.GetStream();
            if (_certificate is not null)
            {
                SslStream secure = new(stream);
                await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = _certificate });
                stream = secure;
            }

            byte[] one = new byte[1];
            while (true)
            {
                StringBuilder length = new();
                do
                {
                    await stream.ReadExactlyAsync(one);
                    length.Append((char)one[0]);
                }
                while (one[0] != ' ');
                byte[] message = new byte[int.Parse(length.ToString().TrimEnd(), CultureInfo.InvariantCulture)];
                await stream.ReadExactlyAsync(message);
                _messages.Add(Encoding.UTF8.GetString(message));
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException)
        {
            // The client has gone, or the server.
        }
        finally
        {
            client.Dispose();
        }
    }
}
