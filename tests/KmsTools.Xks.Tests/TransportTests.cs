using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>Proxies that cannot be reached, or do not answer as they should.</summary>
public sealed class TransportTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromMilliseconds(1000);

    private readonly HeldTimers _timers = new();
    private readonly XksClient _client;

    public TransportTests() => _client = new XksClient(_timers);

    public void Dispose() => _client.Dispose();

    [Fact]
    public void Port_NobodyListensAt_IsUnreachable()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        XksException exception = Failure(ScriptedProxy.TargetAt(port));

        Assert.Equal((XksFailure.Unreachable, "No connection to the proxy can be made: Connection refused"), (exception.Failure, exception.Message));
    }

    [Fact]
    public void Host_WithoutAddress_IsUnreachable()
    {
        XksException exception = Failure(Copy(ScriptedProxy.TargetAt(1), address: "proxy.invalid"));

        Assert.Equal(XksFailure.Unreachable, exception.Failure);
        Assert.StartsWith("The host name of the proxy cannot be resolved: ", exception.Message);
    }

    [Fact]
    public void Host_ThatTakesNoConnections_IsUnreachableAfterTwoAttempts()
    {
        // The queue of connections is full: further ones are left waiting.
        using Socket full = new(SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        EndPoint address = full.LocalEndPoint!;
        List<Socket> waiting = [];
        for (int i = 0; i < 4; i++)
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            waiting.Add(socket);
            _ = socket.ConnectAsync(address, TestContext.Current.CancellationToken).AsTask();
        }

        Thread.Sleep(100);
        using XksClient client = new();

        XksException exception = Calls.Failure(() => Calls.Encrypt(client, ScriptedProxy.TargetAt(((IPEndPoint)address).Port, Second)));

        Assert.Equal(
            (XksFailure.Unreachable, "No connection to the proxy can be made within 1000 milliseconds, twice."),
            (exception.Failure, exception.Message));
        waiting.ForEach(static socket => socket.Dispose());
    }

    [Theory]
    [InlineData("stranger", "The certificate of the proxy does not lead to a trusted root (PartialChain).")]
    [InlineData("self", "The certificate of the proxy does not lead to a trusted root (UntrustedRoot).")]
    [InlineData("name", "The certificate of the proxy is for another host name.")]
    [InlineData("expired", "The certificate of the proxy expired on 20")]
    [InlineData("future", "The certificate of the proxy is not valid (NotTimeValid).")]
    public async Task Certificate_NotOfTheProxy_GetsNoRequest(string kind, string reason)
    {
        SslStreamCertificateContext certificate = kind switch
        {
            "stranger" => TestAuthority.Stranger.Server(),
            "self" => SslStreamCertificateContext.Create(TestAuthority.SelfSigned(), null, offline: true),
            "name" => TestAuthority.Trusted.Server(name: "other.kms.test"),
            "expired" => TestAuthority.Trusted.Server(from: -20, to: -10),
            _ => TestAuthority.Trusted.Server(from: 5, to: 10),
        };
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync, ScriptedProxy.Tls(certificate));

        XksException exception = Failure(proxy.Target());

        Assert.Equal(XksFailure.TlsFailed, exception.Failure);
        Assert.StartsWith($"No TLS session with the proxy can be made: {reason}", exception.Message);
        Assert.Empty(proxy.Requests);
    }

    [Fact]
    public async Task Certificate_ForClients_IsRefused()
    {
        string pem = TestAuthority.Trusted.ClientPem();
        using X509Certificate2 client = X509Certificate2.CreateFromPem(pem, pem);
        await using ScriptedProxy proxy = new(
            HonestAnswers.AnswerAsync, ScriptedProxy.Tls(SslStreamCertificateContext.Create(client, null, offline: true)));

        Assert.Equal(XksFailure.TlsFailed, Failure(proxy.Target()).Failure);
    }

    [Fact]
    public async Task SystemRoots_WithoutAnchors_DoNotTrustATestRoot()
    {
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync);

        XksException exception = Failure(Copy(proxy.Target(), anchors: []));

        Assert.Equal(XksFailure.TlsFailed, exception.Failure);
        Assert.Contains("does not lead to a trusted root", exception.Message);
    }

    [Fact]
    public async Task Anchor_ThatIsTheCertificateItself_IsTrusted()
    {
        using X509Certificate2 certificate = TestAuthority.SelfSigned();
        await using ScriptedProxy proxy = new(
            HonestAnswers.AnswerAsync, ScriptedProxy.Tls(SslStreamCertificateContext.Create(certificate, null, offline: true)));

        Calls.Health(_client, Copy(proxy.Target(), anchors: [TestAuthority.Stranger.Pem, certificate.ExportCertificatePem()]));

        Assert.Single(proxy.Requests);
    }

    [Fact]
    public void Anchor_NotInPem_FailsBeforeAConnection()
    {
        XksException exception = Failure(
            Copy(ScriptedProxy.TargetAt(1), anchors: ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]));

        Assert.Equal(
            (XksFailure.TlsFailed, "A trust anchor for proxies at 'proxy.kms.test' is not a certificate in PEM."),
            (exception.Failure, exception.Message));
    }

    [Fact]
    public async Task Server_OfTls11Only_IsNotSpokenTo()
    {
        // The alert protocol_version, as an old server sends it.
        await using RawServer server = new(static async stream =>
        {
            await stream.ReadAtLeastAsync(new byte[4096], 1);
            await stream.WriteAsync(new byte[] { 21, 3, 2, 0, 2, 2, 70 });
        });

        Assert.Equal(XksFailure.TlsFailed, Failure(ScriptedProxy.TargetAt(server.Port)).Failure);
    }

    [Fact]
    public async Task Server_WithoutTls_GetsNoRequest()
    {
        await using RawServer server = new(static async stream =>
        {
            await stream.ReadAtLeastAsync(new byte[4096], 1);
            await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        });

        Assert.Equal(XksFailure.TlsFailed, Failure(ScriptedProxy.TargetAt(server.Port)).Failure);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Server_ThatHangsUpInTheHandshake_IsAFailureOfTls()
    {
        await using RawServer server = new(static stream => Task.CompletedTask);

        Assert.Equal(XksFailure.TlsFailed, Failure(ScriptedProxy.TargetAt(server.Port)).Failure);
    }

    [Fact]
    public async Task Handshake_ThatDoesNotEnd_TimesOut()
    {
        await using RawServer server = new(async stream =>
        {
            await stream.ReadAtLeastAsync(new byte[1], 1);
            await SilenceAsync();
        });

        XksException exception = Failure(ScriptedProxy.TargetAt(server.Port, Second));

        Assert.Equal((XksFailure.TimedOut, "The proxy does not answer within 1000 milliseconds, twice."), (exception.Failure, exception.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"plain")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"pla")]
    public async Task Connection_CutBeforeOrWithinTheAnswer_IsBrokenAndNotRepeated(string sent)
    {
        await using ScriptedProxy proxy = new(async (_, stream) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(sent));
            await stream.FlushAsync();
            await stream.DisposeAsync();
        });

        XksException exception = Failure(proxy.Target());

        Assert.Equal(XksFailure.ConnectionBroken, exception.Failure);
        Assert.StartsWith("The connection to the proxy broke before its answer was whole: ", exception.Message);
        Assert.Single(proxy.Requests);
    }

    [Fact]
    public async Task Silence_Any_IsAskedTwice()
    {
        await using ScriptedProxy proxy = new((_, _) => SilenceAsync());

        XksException exception = Failure(proxy.Target(Second));

        Assert.Equal((XksFailure.TimedOut, "The proxy does not answer within 1000 milliseconds, twice."), (exception.Failure, exception.Message));
        Assert.Equal(2, proxy.Requests.Count);
        Assert.Equal([Second, Second], _timers.Durations);
        Assert.Single(proxy.Requests.Select(static request => request.Text).Distinct());
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{")]
    public async Task Silence_WithinTheAnswer_TimesOut(string sent)
    {
        await using ScriptedProxy proxy = new(async (_, stream) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(sent));
            await stream.FlushAsync();
            await SilenceAsync();
        });

        Assert.Equal(XksFailure.TimedOut, Failure(proxy.Target(Second)).Failure);
        Assert.Equal(2, proxy.Requests.Count);
    }

    [Fact]
    public async Task Answer_ToTheSecondAttempt_IsTheAnswer()
    {
        int requests = 0;
        await using ScriptedProxy proxy = new((request, stream) => Interlocked.Increment(ref requests) == 1
            ? SilenceAsync() : HonestAnswers.AnswerAsync(request, stream));

        Assert.Equal(Calls.Plaintext.Length, Calls.Encrypt(_client, proxy.Target(Second)).Ciphertext.Length);
        Assert.Equal(2, proxy.Requests.Count);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n", 65_537)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n", 0)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n", 0x100_001)]
    public async Task Answer_TooLong_IsNotRead(string head, int length)
    {
        await using ScriptedProxy proxy = new(async (_, stream) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head + new string(' ', length)));
            await stream.FlushAsync();
        });

        XksException exception = Failure(proxy.Target());

        Assert.Equal(
            (XksFailure.InvalidResponse, "The answer of the proxy is too long for one of the XKS proxy API."), (exception.Failure, exception.Message));
        Assert.Single(proxy.Requests);
    }

    [Fact]
    public async Task Headers_TooLong_AreNotRead()
    {
        await using ScriptedProxy proxy = new(static (_, stream) => ScriptedProxy.ReplyAsync(
            stream, 200, HonestAnswers.Health, $"X-Long: {new string('x', 20_000)}\r\n"));

        Assert.Equal(XksFailure.InvalidResponse, Failure(proxy.Target()).Failure);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    [InlineData("HTTP/2 200\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")]
    public async Task Answer_NotHttp_IsNoAnswer(string sent)
    {
        await using ScriptedProxy proxy = new(async (_, stream) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(sent));
            await stream.FlushAsync();
            await stream.DisposeAsync();
        });

        Assert.Equal(XksFailure.InvalidResponse, Failure(proxy.Target()).Failure);
        Assert.Single(proxy.Requests);
    }

    private static XksProxyTarget Copy(XksProxyTarget target, string? address = null, string[]? anchors = null) => new()
    {
        CustomKeyStoreId = target.CustomKeyStoreId,
        Host = target.Host,
        UriPath = target.UriPath,
        Region = target.Region,
        Credential = target.Credential,
        Address = address ?? target.Address,
        Port = target.Port,
        TrustAnchors = anchors is null ? target.TrustAnchors : [.. anchors],
        Timeout = target.Timeout,
    };

    // No answer, or no further byte of it, within the time limit of an attempt.
    private Task SilenceAsync()
    {
        _timers.End();
        return Task.Delay(Timeout.Infinite);
    }

    private XksException Failure(XksProxyTarget target) => Calls.Failure(() => Calls.Encrypt(_client, target));
}
