using System.Diagnostics;
using System.Text.RegularExpressions;
using Amazon.KeyManagementService;
using Amazon.Runtime;
using KmsTools.Http;
using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>The program as a process of its own, killed at the latest with the test.</summary>
internal sealed partial class EndpointProcess : IAsyncDisposable
{
    private const string LocalFolder = "--local-folder";

    private readonly Process _process;
    private readonly Task<string> _errors;
    private bool _isDisposed;

    private EndpointProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
    }

    public string Url { get; private set; } = "";

    public string Folder { get; private set; } = "";

    public int Id => _process.Id;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts the program and waits for its ready line.</summary>
    public static Task<EndpointProcess> StartAsync(params string[] arguments) => StartAsync(arguments, certificatePassword: null);

    public static Task<EndpointProcess> StartAsync(string[] arguments, string? certificatePassword) =>
        StartAsync(arguments, new Dictionary<string, string?> { [ServerCertificate.PasswordVariable] = certificatePassword });

    /// <summary>Starts the program with more in its environment.</summary>
    public static async Task<EndpointProcess> StartAsync(string[] arguments, Dictionary<string, string?> environment)
    {
        string[] placed = Placed(arguments);
        EndpointProcess process = new(Launch(placed, environment));
        string? line = await process._process.StandardOutput.ReadLineAsync(Cancellation);
        Match match = Ready().Match(line ?? "");
        Assert.True(match.Success, line ?? await process._errors);
        process.Url = match.Groups["url"].Value;
        process.Folder = TestStores.AreShared ? placed[Array.IndexOf(placed, LocalFolder) + 1] : match.Groups["folder"].Value;
        return process;
    }

    /// <summary>Runs the program to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) => await RunAsync(arguments, []);

    /// <summary>Runs the program to its end, with more in its environment.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string[] arguments, Dictionary<string, string?> environment)
    {
        using Process process = Launch(Placed(arguments), environment);
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, output, await errors);
    }

    /// <summary>Makes a store with an access key of alice, with the program itself.</summary>
    public static async Task<(string Id, string Secret)> NewStoreAsync(string folder, params string[] more)
    {
        (int exitCode, string output, string errors) = await RunAsync(["new-access-key", "--store", folder, "--user", "alice", .. more]);
        Assert.True(exitCode == 0, errors);
        Match match = Credentials().Match(output);
        return (match.Groups["id"].Value, match.Groups["secret"].Value);
    }

    public AmazonKeyManagementServiceClient Client(string id, string secret) => new(
        new BasicAWSCredentials(id, secret), new AmazonKeyManagementServiceConfig
        {
            ServiceURL = Url,
            AuthenticationRegion = EndpointFixture.Region,
            MaxErrorRetry = 0,
        });

    /// <summary>The next line of its output after that it is ready.</summary>
    public Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync(Cancellation).AsTask();

    public void Signal(string name)
    {
        using Process kill = Process.Start("kill", ["-" + name, Id.ToString()]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end, a minute at most.</summary>
    public async Task<(int ExitCode, string Errors)> EndAsync()
    {
        await _process.WaitForExitAsync(Cancellation).WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
        return (_process.ExitCode, await _errors);
    }

    /// <summary>Tells it to end, and requires that it does so with exit code 0.</summary>
    public async Task StopAsync(string signal = "TERM")
    {
        Signal(signal);
        (int exitCode, string errors) = await EndAsync();
        Assert.True(exitCode == 0, $"Exit code {exitCode}: {errors}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    // Where stores of tests are in databases: in place of the folder of a store, the database that stands for it.
    private static string[] Placed(string[] arguments)
    {
        if (!TestStores.AreShared)
        {
            return arguments;
        }

        List<string> placed = [];
        for (int i = 0; i < arguments.Length; i++)
        {
            string? folder = arguments[i] switch
            {
                "--temporary" => Path.Combine(TestStores.Server.Folder, "store-" + Guid.NewGuid().ToString("N")),
                "--store" when i + 1 < arguments.Length => arguments[++i],
                _ => null,
            };
            if (folder is null)
            {
                placed.Add(arguments[i]);
                continue;
            }

            SharedStoreOptions shared = TestStores.Shared(folder);
            placed.AddRange(["--postgres", shared.ConnectionString, "--root-key-file", shared.RootKeyFile!, LocalFolder, folder]);
        }

        return [.. placed];
    }

    private static Process Launch(IEnumerable<string> arguments, Dictionary<string, string?> environment)
    {
        ProcessStartInfo start = new("dotnet", [typeof(CallHandler).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    [GeneratedRegex("^Ready: (?<url>https?://[^ ]+(:[0-9]+|[.]sock)) serves (?<folder>.+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Ready();

    [GeneratedRegex("AWS_ACCESS_KEY_ID=(?<id>.+)\nAWS_SECRET_ACCESS_KEY=(?<secret>.+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Credentials();
}
