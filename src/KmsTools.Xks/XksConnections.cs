using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using KmsTools.Http;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>
/// The connections to one proxy, kept alive and used again. Closed when their owner and all calls have left them. Safe for use by many
/// threads.
/// </summary>
internal sealed class XksConnections : IDisposable
{
    private const string Service = "kms-xks-proxy";
    private const string DateHeader = "X-Amz-Date";
    private const string AuthorizationHeader = "Authorization";
    private const int MaxReply = 64 * 1024;
    private const int MaxHeadersInKilobytes = 16;

    // Shorter than load balancers and servers keep idle connections, so that none is used that they are about to close.
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(50);

    // A host name that has moved is noticed after that time.
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(15);

    private static readonly string[] s_signedHeaders = ["host", "x-amz-date"];
    private static readonly MediaTypeHeaderValue s_json = new("application/json");
    private static readonly HttpRequestOptionsKey<Progress> s_progress = new(nameof(Progress));

    private readonly XksProxyTarget _proxy;
    private readonly TimeProvider _clock;
    private readonly ClientCertificate? _clientCertificate;
    private readonly SigningKeys _keys;
    private readonly HttpClient _http;

    // The owner, and the call that they are made for.
    private int _users = 2;
    private volatile ProxyCertificate? _certificate;

    /// <summary>Prepares connections, for their owner and for a first call.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <param name="clock">The clock for the times of signatures and for the time limit of each attempt.</param>
    /// <exception cref="XksException">A trust anchor or the client certificate cannot be read.</exception>
    public XksConnections(XksProxyTarget proxy, TimeProvider clock)
    {
        _proxy = proxy;
        _clock = clock;
        _clientCertificate = proxy.ClientCertificatePath is { } path ? ClientCertificate.Load(path, clock) : null;
        _keys = new SigningKeys(proxy.Credential, proxy.Region, Service);
        SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            PooledConnectionIdleTimeout = s_idle,
            PooledConnectionLifetime = s_lifetime,
            MaxResponseHeadersLength = MaxHeadersInKilobytes,
            MaxResponseDrainSize = 0,

            // What is slower than one attempt still serves the next one.
            ConnectTimeout = 2 * proxy.Timeout,
            ConnectCallback = ConnectAsync,
            SslOptions = ProxyHandshake.Of(proxy, _clientCertificate?.Context, certificate => _certificate = certificate),
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxReply };
    }

    /// <summary>What the proxy showed in the last handshake; null before the first.</summary>
    public ProxyCertificate? Certificate => _certificate;

    /// <summary>Whether they are for this target.</summary>
    public bool AreOf(XksProxyTarget proxy) => ReferenceEquals(_proxy, proxy);

    /// <summary>Whether they are for this target, with the client certificate that its file has now.</summary>
    public bool Serves(XksProxyTarget proxy) => AreOf(proxy) && _clientCertificate?.HasChanged() != true;

    /// <summary>Keeps the client certificate that they have, because the one that its file has now cannot be used.</summary>
    public void KeepCertificate() => _clientCertificate?.Keep();

    /// <summary>Keeps them open for a call, if they are not closed already.</summary>
    public bool TryEnter()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return true;
            }

            users = seen;
        }

        return false;
    }

    /// <summary>Ends the time of their owner: they close with the last call.</summary>
    public void Dispose() => Leave();

    /// <summary>Ends a call.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _http.Dispose();
            _keys.Dispose();
        }
    }

    /// <summary>Sends a request. One that is not answered in time is sent once more, and nothing else is.</summary>
    /// <param name="path">The part of the path after that of the key store.</param>
    /// <param name="body">The body.</param>
    /// <returns>The body of an answer with status 200.</returns>
    /// <exception cref="XksException">There is no such answer.</exception>
    public ReadOnlyMemory<byte> Send(string path, ReadOnlyMemory<byte> body)
    {
        Progress progress = new();
        try
        {
            return SendOnce(path, body, progress);
        }
        catch (OperationCanceledException)
        {
            // Once more.
        }

        try
        {
            return SendOnce(path, body, progress);
        }
        catch (OperationCanceledException exception)
        {
            string twice = $"within {_proxy.Timeout.TotalMilliseconds:0} milliseconds, twice";
            throw progress.IsConnecting
                ? new XksException(XksFailure.Unreachable, $"No connection to the proxy can be made {twice}.", exception)
                : new XksException(XksFailure.TimedOut, $"The proxy does not answer {twice}.", exception);
        }
    }

    private ReadOnlyMemory<byte> SendOnce(string path, ReadOnlyMemory<byte> body, Progress progress)
    {
        // As it is written: dots and doubled slashes stay.
        string absolute = _proxy.UriPath + path;
        Uri address = new(
            $"https://{_proxy.Host}{absolute}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using HttpRequestMessage request = new(HttpMethod.Post, address)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ReadOnlyMemoryContent(body),
        };
        request.Options.Set(s_progress, progress);
        request.Content.Headers.ContentType = s_json;
        request.Headers.Host = _proxy.Host;
        Sign(request, absolute, body.Span);
        using CancellationTokenSource limit = new(_proxy.Timeout, _clock);
        try
        {
            // As fast as SendAsync and waiting for it (170 microseconds each on the loopback), which would need another thread of the pool
            // for each call, when the pool may be busy with calls that wait.
            using HttpResponseMessage response = _http.Send(request, HttpCompletionOption.ResponseContentRead, limit.Token);

            // It is in memory already.
            using MemoryStream buffer = new();
            response.Content.CopyTo(buffer, null, CancellationToken.None);
            ReadOnlyMemory<byte> reply = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
            return response.StatusCode == HttpStatusCode.OK
                ? reply : throw ProxyErrors.OfReply(response.StatusCode, reply, _proxy.Credential.AccessKeyId);
        }
        catch (HttpRequestException exception)
        {
            throw ProxyErrors.OfRequest(exception);
        }
    }

    private void Sign(HttpRequestMessage request, string path, ReadOnlySpan<byte> body)
    {
        string time = RequestSigner.Text(_clock.GetUtcNow());
        CredentialScope scope = new(time[..8], _proxy.Region, Service);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        request.Headers.TryAddWithoutValidation(DateHeader, time);
        request.Headers.TryAddWithoutValidation(
            AuthorizationHeader,
            RequestSigner.Authorize(
                new Head(path, _proxy.Host, time),
                _proxy.Credential.AccessKeyId,
                scope,
                _keys.Of(scope),
                s_signedHeaders,
                hash));
    }

    // To the address that is set for the host, or to the host; the handshake is for the host in any case.
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        Progress? progress = context.InitialRequestMessage.Options.TryGetValue(s_progress, out Progress? found) ? found : null;
        progress?.IsConnecting = true;
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(_proxy.Address ?? _proxy.Host, _proxy.Port, cancellation).ConfigureAwait(false);
            progress?.IsConnecting = false;
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>How far a request has come, for what is said when it takes too long.</summary>
    private sealed class Progress
    {
        private volatile bool _isConnecting;

        public bool IsConnecting
        {
            get => _isConnecting;
            set => _isConnecting = value;
        }
    }

    private readonly struct Head(string path, string host, string time) : ISignableRequest
    {
        public string Method => "POST";

        public string Path => path;

        public string Query => "";

        public string? Header(string name) =>
            name.Equals("host", StringComparison.OrdinalIgnoreCase) ? host
            : name.Equals(DateHeader, StringComparison.OrdinalIgnoreCase) ? time
            : null;
    }
}
