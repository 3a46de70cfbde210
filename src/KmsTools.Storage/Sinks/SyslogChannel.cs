using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using KmsTools.Persistence;

namespace KmsTools.Storage.Sinks;

/// <summary>
/// Sends events to a syslog. The protocol has no acknowledgement: what a server that breaks down has received, it may not have written.
/// </summary>
internal sealed class SyslogChannel(EventSinkPlace place) : IEventChannel
{
    /// <summary>For how long nothing is tried after a failure: calls that need the sink are refused at once in the meantime.</summary>
    public const int RetryMilliseconds = 1000;

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SendLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FinishLimit = TimeSpan.FromSeconds(1);

    private readonly ArrayBufferWriter<byte> _buffer = new(SyslogMessage.MaxSize);
    private volatile Socket? _socket;
    private Stream? _stream;
    private Task _ending = Task.CompletedTask;
    private (long Time, IOException Exception)? _failure;

    public void Open()
    {
        // A server that has closed the connection takes nothing more.
        if (_socket is not null && !_ending.IsCompleted)
        {
            return;
        }

        Close();
        if (_failure is var (time, last) && Environment.TickCount64 - time < RetryMilliseconds)
        {
            throw new IOException(last.Message, last);
        }

        Try(() =>
        {
            if (place.Socket is { } path)
            {
                ConnectLocally(path);
            }
            else
            {
                ConnectAsync().GetAwaiter().GetResult();
            }
        });
        _failure = null;
    }

    public void Send(params ReadOnlySpan<ReadOnlyMemory<byte>> events)
    {
        Open();
        DateTime now = DateTime.UtcNow;
        _buffer.ResetWrittenCount();
        foreach (ReadOnlyMemory<byte> json in events)
        {
            SyslogMessage.Write(_buffer, json, _stream is null, now);
            if (_stream is null)
            {
                // A datagram is a message.
                Socket socket = _socket ?? throw new IOException("The socket was closed.");
                Try(() => socket.Send(_buffer.WrittenSpan));
                _buffer.ResetWrittenCount();
            }
        }

        if (_stream is { } stream)
        {
            Try(() => stream.Write(_buffer.WrittenSpan));
        }
    }

    public void Close()
    {
        // The socket first: a thread that waits in it fails then.
        (Socket? socket, Stream? stream) = (_socket, _stream);
        (_socket, _stream) = (null, null);
        socket?.Dispose();
        stream?.Dispose();
    }

    public void Finish()
    {
        if (_stream is { } stream && _socket is { } socket)
        {
            try
            {
                // To close a socket that is being read from may throw away what was sent. A server that has read all closes its end.
                (stream as SslStream)?.ShutdownAsync().GetAwaiter().GetResult();
                socket.Shutdown(SocketShutdown.Send);
                _ending.Wait(FinishLimit);
            }
            catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
            {
                // The server has gone.
            }
        }

        Close();
    }

    private void ConnectLocally(string path)
    {
        if (!File.Exists(path))
        {
            throw new IOException($"No syslog listens at '{path}'.");
        }

        Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified)
        {
            SendTimeout = (int)SendLimit.TotalMilliseconds,
        };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        _ending = new TaskCompletionSource().Task;
        _socket = socket;
    }

    private async Task ConnectAsync()
    {
        using CancellationTokenSource limit = new(ConnectLimit);
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            SendTimeout = (int)SendLimit.TotalMilliseconds,
        };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            await socket.ConnectAsync(place.Host!, place.Port, limit.Token).ConfigureAwait(false);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (place.IsTls)
            {
                SslStream secure = new(stream);
                stream = secure;
                await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = place.Host }, limit.Token)
                    .ConfigureAwait(false);
            }

            _ending = WaitForEndAsync(stream);
            _stream = stream;
            _socket = socket;
        }
        catch (OperationCanceledException exception)
        {
            socket.Dispose();
            throw new IOException($"It does not answer within {ConnectLimit.TotalSeconds} seconds.", exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // A server of syslog sends nothing: whatever ends the reading ends the connection.
    private static async Task WaitForEndAsync(Stream stream)
    {
        byte[] ignored = new byte[256];
        try
        {
            while (await stream.ReadAsync(ignored).ConfigureAwait(false) > 0)
            {
                // What it sends has no meaning.
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or SocketException)
        {
            // It has ended.
        }
    }

    // One kind of exception for all that can go wrong on the way.
    private void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception exception) when (exception is IOException or SocketException or AuthenticationException
            or ObjectDisposedException)
        {
            IOException failure = exception as IOException ?? new IOException(exception.Message, exception);
            _failure = (Environment.TickCount64, failure);
            throw failure;
        }
    }
}
