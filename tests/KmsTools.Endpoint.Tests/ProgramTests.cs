using System.Diagnostics;
using System.Text.RegularExpressions;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using KmsTools.Persistence;
using KmsTools.Sqlite;

namespace KmsTools.Endpoint;

/// <summary>The program as a process of its own.</summary>
public sealed partial class ProgramTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"kmstools-endpoint-program-{Guid.NewGuid():N}");

    private string _id = "";
    private string _secret = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("--store", "x", "--temporary")]
    [InlineData("--temporary", "--listen", "0.0.0.0")]
    [InlineData("--store", "x", "--dev-credentials", "test:test")]
    [InlineData("--port", "70000")]
    [InlineData("--port")]
    [InlineData("--nonsense")]
    public async Task What_is_not_understood_or_not_safe_is_refused(params string[] arguments)
    {
        (int exitCode, string output, string errors) = await RunAsync(arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("Usage:", errors);
    }

    [Fact]
    public async Task A_temporary_store_warns_of_its_credentials_and_leaves_nothing()
    {
        Process process = Start(["--temporary", "--dev-credentials", "test:test"]);
        (string url, string folder) = await ReadyAsync(process);
        Assert.Contains("Warning:", await process.StandardError.ReadLineAsync(Cancellation));
        using AmazonKeyManagementServiceClient client = Client(url, "test", "test");
        await client.CreateKeyAsync(new CreateKeyRequest(), Cancellation);
        Assert.True(Directory.Exists(folder));

        await StopAsync(process);

        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task A_call_under_way_is_answered_when_the_process_is_told_to_end()
    {
        await NewStoreAsync();
        Process process = Start(["--store", _folder]);
        using AmazonKeyManagementServiceClient there = Client((await ReadyAsync(process)).Url, _id, _secret);

        // RSA keys of this length take a while.
        Task<CreateKeyResponse>[] calls = [.. Enumerable.Range(0, 4).Select(_ => there.CreateKeyAsync(
            new CreateKeyRequest { KeySpec = Amazon.KeyManagementService.KeySpec.RSA_4096, KeyUsage = Amazon.KeyManagementService.KeyUsageType.SIGN_VERIFY }, Cancellation))];
        await Task.Delay(100, Cancellation);
        await StopAsync(process);

        Assert.All(await Task.WhenAll(calls), static response => Assert.NotNull(response.KeyMetadata.KeyId));
    }

    [Fact]
    public async Task It_shares_its_store_with_another_process()
    {
        await NewStoreAsync();
        using var engine = new KmsEngine(new SqliteStateStoreFactory().Open(new StateStoreOptions { Folder = _folder }), static () => throw new NotSupportedException());
        Process process = Start(["--store", _folder]);
        using AmazonKeyManagementServiceClient client = Client((await ReadyAsync(process)).Url, _id, _secret);

        string here = engine.Execute(new Operations.CreateKeyRequest()).KeyMetadata.KeyId;
        Assert.Equal(here, (await client.DescribeKeyAsync(here, Cancellation)).KeyMetadata.KeyId);
        engine.Execute(new Operations.DisableKeyRequest { KeyId = here });
        await Assert.ThrowsAsync<DisabledException>(() => client.EncryptAsync(new EncryptRequest { KeyId = here, Plaintext = new MemoryStream([1]) }, Cancellation));

        await StopAsync(process);
    }

    [Fact]
    public async Task What_falls_due_is_done_without_a_call()
    {
        await NewStoreAsync("--simulated-clock");
        using var engine = new KmsEngine(new SqliteStateStoreFactory().Open(new StateStoreOptions { Folder = _folder }), static () => throw new NotSupportedException());
        string keyId = engine.Execute(new Operations.CreateKeyRequest()).KeyMetadata.KeyId;
        engine.Execute(new Operations.ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = 7 });
        Process process = Start(["--store", _folder]);
        await ReadyAsync(process);

        // Moves the clock and nothing else, as a process would that dies at once.
        using (IStateStore store = new SqliteStateStoreFactory().Open(new StateStoreOptions { Folder = _folder }))
        using (IStateTransaction transaction = store.BeginTransaction())
        {
            transaction.WriteSimulatedTime(transaction.ReadSimulatedTime()!.Value.AddDays(8));
            transaction.Commit();
        }

        for (int i = 0; i < 100 && HasKey(keyId); i++)
        {
            await Task.Delay(100, Cancellation);
        }

        Assert.False(HasKey(keyId));
        await StopAsync(process);
    }

    private bool HasKey(string keyId)
    {
        using IStateStore store = new SqliteStateStoreFactory().Open(new StateStoreOptions { Folder = _folder });
        using IStateReader reader = store.OpenReader();
        return reader.FindKey(EndpointFixture.Region, keyId) is not null;
    }

    /// <summary>Makes the store and an access key with the program itself.</summary>
    private async Task NewStoreAsync(params string[] more)
    {
        (int exitCode, string output, string errors) = await RunAsync(["new-access-key", "--store", _folder, "--user", "alice", .. more]);
        Assert.True(exitCode == 0, errors);
        Match match = Credentials().Match(output);
        _id = match.Groups["id"].Value;
        _secret = match.Groups["secret"].Value;
    }

    private static AmazonKeyManagementServiceClient Client(string url, string id, string secret) => new(
        new BasicAWSCredentials(id, secret), new AmazonKeyManagementServiceConfig { ServiceURL = url, AuthenticationRegion = EndpointFixture.Region, MaxErrorRetry = 0 });

    private static Process Start(IEnumerable<string> arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [typeof(CallHandler).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(IEnumerable<string> arguments)
    {
        using Process process = Start(arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, output, await errors);
    }

    private static async Task<(string Url, string Folder)> ReadyAsync(Process process)
    {
        string? line = await process.StandardOutput.ReadLineAsync(Cancellation);
        Match match = Ready().Match(line ?? "");
        Assert.True(match.Success, line ?? await process.StandardError.ReadToEndAsync(Cancellation));
        return (match.Groups["url"].Value, match.Groups["folder"].Value);
    }

    private static async Task StopAsync(Process process)
    {
        using (process)
        {
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString()]);
            await process.WaitForExitAsync(Cancellation);
            Assert.Equal(0, process.ExitCode);
        }
    }

    [GeneratedRegex("^Ready: (?<url>http://127.0.0.1:[0-9]+) serves (?<folder>.+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Ready();

    [GeneratedRegex("AWS_ACCESS_KEY_ID=(?<id>.+)\nAWS_SECRET_ACCESS_KEY=(?<secret>.+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Credentials();
}
