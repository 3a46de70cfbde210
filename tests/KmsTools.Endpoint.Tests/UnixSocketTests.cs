using System.Net.Sockets;

namespace KmsTools.Endpoint;

/// <summary>An endpoint on a Unix socket.</summary>
public sealed class UnixSocketTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kms-sock-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Name => Path.Combine(_folder, "run", "kms.sock");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Serve_OnASocket_IsForItsUserAndLeavesNothing()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no modes of files.");
            return;
        }

        await using EndpointProcess process = await EndpointProcess.StartAsync(
            "--temporary", "--dev-credentials", "test:test", "--socket", Name);
        Assert.Equal("http://unix:" + Name, process.Url);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Name));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(Name)!));

        using HttpClient http = Client(Name);
        Assert.Equal("""{"status":"ok"}""", await http.GetStringAsync("http://localhost/healthz", Cancellation));
        SignedCall call = new()
        {
            Operation = "ListKeys", AccessKeyId = "test", Secret = "test", Port = 81, Url = "http://127.0.0.1:81",
        };
        using HttpResponseMessage answer = await http.SendAsync(call.Message(), Cancellation);
        Assert.Equal("""{"Keys":[],"Truncated":false}""", await answer.Content.ReadAsStringAsync(Cancellation));

        await process.StopAsync();
        Assert.False(File.Exists(Name));
    }

    [Fact]
    public async Task Serve_SocketOfAKilledEndpoint_IsReplacedAndOfALiveOneIsNot()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        await using (EndpointProcess killed = await EndpointProcess.StartAsync("--store", Path.Combine(_folder, "store"), "--socket", Name))
        {
            killed.Signal("KILL");
            await killed.EndAsync();
        }

        Assert.True(File.Exists(Name));
        await using EndpointProcess process = await EndpointProcess.StartAsync("--temporary", "--socket", Name);
        Assert.Equal(
            (1, "", $"Another process listens on '{Name}'.\n"), await EndpointProcess.RunAsync("--temporary", "--socket", Name));
        using HttpClient http = Client(Name);
        Assert.Equal("""{"status":"ok"}""", await http.GetStringAsync("http://localhost/healthz", Cancellation));
    }

    [Fact]
    public async Task Serve_SomethingElseWithTheName_IsLeftAlone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no modes of files.");
            return;
        }

        string file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "mine", Cancellation);
        Assert.Equal((1, "", $"'{file}' exists, and is not a socket.\n"), await EndpointProcess.RunAsync("--temporary", "--socket", file));
        Assert.Equal("mine", await File.ReadAllTextAsync(file, Cancellation));

        string open = Directory.CreateDirectory(Path.Combine(_folder, "open")).FullName;
        File.SetUnixFileMode(open, (UnixFileMode)0b111_111_111);
        Assert.Equal(
            (1, "", $"Other users can replace a socket in '{open}'. Run: chmod go-w '{open}'\n"),
            await EndpointProcess.RunAsync("--temporary", "--socket", Path.Combine(open, "kms.sock")));
        string longPath = Path.Combine(_folder, new string('s', 120));
        Assert.Equal(
            (1, "", $"'{longPath}' is too long for a socket. Give a shorter path.\n"),
            await EndpointProcess.RunAsync("--temporary", "--socket", longPath));
    }

    private static HttpClient Client(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
}
