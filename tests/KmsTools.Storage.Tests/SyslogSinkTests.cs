using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using KmsTools.Persistence;
using KmsTools.Storage.Sinks;

namespace KmsTools.Storage;

/// <summary>Syslog as a second place for events, over sockets.</summary>
public sealed class SyslogSinkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kms-syslog-").FullName;
    private readonly List<string> _warnings = [];

    private static string Header => $"1 [0-9T:.-]{{23}}Z [!-~]+ kmstools {Environment.ProcessId} ";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("""{"eventName":"CreateKey"}""", "86", "CreateKey")]
    [InlineData("""{"eventName":"Decrypt","errorCode":"AccessDenied"}""", "85", "Decrypt")]
    [InlineData("""{"a":"\"errorCode\":\"x"}""", "86", "-")]
    [InlineData("""{"eventName":"Über den Wolken und noch viel weiter als das"}""", "86", "berdenWolkenundnochvielweiteralsd")]
    public void Write_ToAServer_SendsMessagesOfRfc5424(string json, string priority, string id)
    {
        using SyslogServer server = new();
        using EventSink sink = Open($"syslog+tcp://127.0.0.1:{server.Port}", isRequired: true);
        sink.Write(Json(json), Json("{}"));
        Assert.Matches($@"\A<{priority}>{Header}{id[..Math.Min(32, id.Length)]} - {System.Text.RegularExpressions.Regex.Escape(json)}\z", server.Take());
        Assert.Matches($@"\A<86>{Header}- - {{}}\z", server.Take());
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Write_ToALocalSocket_SendsDatagramsAsTheSyslogOfC()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no datagram sockets of Unix.");
        using Socket log = Listen();
        using EventSink sink = Open($"syslog+unix:{_folder}/log", isRequired: true);
        sink.Write(Json("""{"eventName":"CreateKey"}"""), Json("""{"errorCode":"x"}"""));
        string first = Receive(log);
        Assert.Matches(
            $@"\A<86>[A-Z][a-z]{{2}} [ 1-3][0-9] [0-9:]{{8}} kmstools\[{Environment.ProcessId}\]: {{""eventName"":""CreateKey""}}\z", first);
        DateTime time = DateTime.ParseExact(
            first[4..19], ["MMM dd HH:mm:ss", "MMM  d HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None);
        Assert.InRange((DateTime.Now - time).Duration(), TimeSpan.Zero, TimeSpan.FromMinutes(2));
        Assert.StartsWith("<85>", Receive(log));
    }

    [Fact]
    public void Open_LocalSocketThatIsNotThere_SaysSo()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no datagram sockets of Unix.");
        Assert.Equal(
            $"The event cannot be written to 'syslog+unix:{_folder}/log', where it is required: No syslog listens at '{_folder}/log'. "
                + "Calls are refused until it can.",
            Assert.Throws<StateStoreException>(() => Open($"syslog+unix:{_folder}/log", isRequired: true)).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Write_EventThatIsTooLarge_OmitsItsLargestMembers(bool isLocal)
    {
        Assert.SkipWhen(isLocal && OperatingSystem.IsWindows(), "Windows has no datagram sockets of Unix.");
        string policy = new('x', 9000);
        string fits = new('y', 7000);
        string json = $$"""{"eventName":"PutKeyPolicy","requestParameters":{"policy":"{{policy}}"},"z":"ä","responseElements":"{{fits}}"}""";
        using Socket? log = isLocal ? Listen() : null;
        using SyslogServer server = new();
        using EventSink sink = Open(isLocal ? $"syslog+unix:{_folder}/log" : $"syslog+tcp://127.0.0.1:{server.Port}", isRequired: true);
        sink.Write(Json(json));
        string message = log is null ? server.Take() : Receive(log);
        Assert.EndsWith(
            """{"eventName":"PutKeyPolicy","requestParameters":{"omitted":true,"originalSize":9013"""
                + $$""","reason":"requestParameters too large"},"z":"ä","responseElements":"{{fits}}"}""",
            message);
        Assert.InRange(Encoding.UTF8.GetByteCount(message), 7000, SyslogMessage.MaxSize);

        // All of them, if need be.
        sink.Write(Json($$"""{"a":"{{fits}}","b":"{{policy}}","c":"{{policy}}"}"""), Json($$"""{"a":"{{policy}}","b":"{{fits[..6000]}}","c":"{{fits}}"}"""));
        Assert.Equal(
            [["b", "c"], ["a", "c"]],
            new[] { log is null ? server.Take() : Receive(log), log is null ? server.Take() : Receive(log) }
                .Select(static text => JsonDocument.Parse(text[text.IndexOf('{', StringComparison.Ordinal)..]).RootElement)
                .Select(static root => root.EnumerateObject().Where(static member => member.Value.ValueKind == JsonValueKind.Object)
                    .Select(static member => member.Name)));
    }

    [Fact]
    public void Write_RequiredAndTheServerGoesAndComes_FailsMeanwhile()
    {
        int port;
        using (SyslogServer server = new())
        {
            port = server.Port;
            Assert.StartsWith(
                "The event cannot be written to 'syslog+tcp://127.0.0.1:1', where it is required: ",
                Assert.Throws<StateStoreException>(() => Open("syslog+tcp://127.0.0.1:1", isRequired: true)).Message);
        }

        using SyslogServer first = new(port);
        using EventSink sink = Open($"syslog+tcp://localhost:{port}", isRequired: true);
        sink.Write(Json("1"));
        Assert.EndsWith(" - 1", first.Take());
        first.Dispose();

        string message = "";
        Wait(() =>
        {
            try
            {
                sink.Write(Json("2"));
                return false;
            }
            catch (StateStoreException exception)
            {
                // The first one may find the connection broken.
                message = exception.Message;
                return message.Contains("Connection refused", StringComparison.Ordinal);
            }
        });
        Assert.Equal(
            $"The event cannot be written to 'syslog+tcp://localhost:{port}', where it is required: Connection refused. "
                + "Calls are refused until it can.",
            message.Replace($" [::ffff:127.0.0.1]:{port}", "", StringComparison.Ordinal));
        using SyslogServer second = new(port);
        Wait(() =>
        {
            try
            {
                sink.Write(Json("3"));
                return true;
            }
            catch (StateStoreException)
            {
                return false;
            }
        });
        Assert.EndsWith(" - 3", second.Take());
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Write_RequiredAndTheServerDoesNotTakeIt_FailsInTime()
    {
        // It accepts, and reads nothing.
        using TcpListener deaf = new(IPAddress.Loopback, 0);
        deaf.Server.ReceiveBufferSize = 4096;
        deaf.Start();
        using EventSink sink = Open($"syslog+tcp://127.0.0.1:{((IPEndPoint)deaf.LocalEndpoint).Port}", isRequired: true);
        ReadOnlyMemory<byte>[] many = [.. Enumerable.Repeat(Json($"\"{new string('x', 7000)}\""), 2000)];
        Stopwatch taken = Stopwatch.StartNew();
        Assert.Throws<StateStoreException>(() => sink.Write(many));
        Assert.InRange(taken.Elapsed, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(60));

        // And at once, for a while.
        taken.Restart();
        Assert.Throws<StateStoreException>(() => sink.Write(Json("{}")));
        Assert.InRange(taken.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Write_NotRequiredAndTheServerIsDown_WarnsOnceAndSendsWhatWaited()
    {
        int port;
        using (SyslogServer server = new())
        {
            port = server.Port;
        }

        using EventSink sink = Open($"syslog+tcp://127.0.0.1:{port}", isRequired: false);
        for (int i = 0; i < 4100; i++)
        {
            sink.Write(Json($"{i}"));
        }

        Wait(() => Warnings().Length > 0);
        using SyslogServer back = new(port);
        for (int i = 0; i < 4096; i++)
        {
            Assert.EndsWith($" - {i}", back.Take());
        }

        Wait(() => Warnings().Length > 1);
        Assert.StartsWith($"Warning: events cannot be written to 'syslog+tcp://127.0.0.1:{port}': ", Warnings()[0]);
        Assert.EndsWith(". The event log has them.", Warnings()[0]);
        Assert.Equal(
            $"Events are written to 'syslog+tcp://127.0.0.1:{port}' again. 4 are missing in it; the event log has them.", Warnings()[1]);
        sink.Write(Json("\"last\""));
        Assert.EndsWith(" - \"last\"", back.Take());
        Assert.Equal(2, Warnings().Length);
    }

    [Fact]
    public void Write_NotRequiredAndTheServerDoesNotTakeIt_WaitsForNothing()
    {
        using TcpListener deaf = new(IPAddress.Loopback, 0);
        deaf.Server.ReceiveBufferSize = 4096;
        deaf.Start();
        EventSink sink = Open($"syslog+tcp://127.0.0.1:{((IPEndPoint)deaf.LocalEndpoint).Port}", isRequired: false);
        ReadOnlyMemory<byte> json = Json($"\"{new string('x', 7000)}\"");
        Stopwatch taken = Stopwatch.StartNew();
        for (int i = 0; i < 4000; i++)
        {
            sink.Write(json);
        }

        // 28 MB, of which it takes less than 16 in and before the queue; then the end does not wait for the server either.
        Assert.InRange(taken.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(4));
        sink.Dispose();
        Assert.InRange(taken.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Contains(Warnings(), static warning => warning.EndsWith("' at the end; the event log has them.", StringComparison.Ordinal));
    }

    [Fact]
    public void Dispose_NotRequired_SendsWhatWaits()
    {
        using SyslogServer server = new();
        EventSink sink = Open($"syslog+tcp://127.0.0.1:{server.Port}", isRequired: false);
        for (int i = 0; i < 1000; i++)
        {
            sink.Write(Json($"{i}"));
        }

        sink.Dispose();
        for (int i = 0; i < 1000; i++)
        {
            Assert.EndsWith($" - {i}", server.Take());
        }

        Assert.Empty(_warnings);
    }

    [Fact]
    public void Write_OverTls_NeedsACertificateThatIsTrusted()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 stranger = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using SyslogServer server = new(certificate: SslStreamCertificateContext.Create(stranger, null));
        Assert.Contains(
            "certificate",
            Assert.Throws<StateStoreException>(() => Open($"syslog+tls://127.0.0.1:{server.Port}", isRequired: true)).Message);
    }

    private static ReadOnlyMemory<byte> Json(string json) => Encoding.UTF8.GetBytes(json);

    private static string Receive(Socket socket)
    {
        byte[] datagram = new byte[65536];
        return Encoding.UTF8.GetString(datagram, 0, socket.Receive(datagram));
    }

    private static void Wait(Func<bool> condition) =>
        Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(30)), "It did not happen.");

    private Socket Listen()
    {
        Socket log = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
        log.Bind(new UnixDomainSocketEndPoint($"{_folder}/log"));
        return log;
    }

    private string[] Warnings()
    {
        lock (_warnings)
        {
            return [.. _warnings];
        }
    }

    private EventSink Open(string place, bool isRequired) =>
        EventSink.Open(new EventSinkOptions(EventSinkPlace.Parse(place), isRequired, warning =>
        {
            lock (_warnings)
            {
                _warnings.Add(warning);
            }
        }));
}
