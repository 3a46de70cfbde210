using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using KmsTools.Databases;
using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>The program on a store in a database: what it takes, what it says, and several of it behind one address.</summary>
public sealed class SharedStoreTests(SharedStoreServer shared) : IClassFixture<SharedStoreServer>, IDisposable
{
    private const string NotAnswering = "503 {\"status\":\"unavailable\",\"reason\":\"The database of the key store does not answer.\"}";

    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-shared-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string RootKeyFile => Path.Combine(_folder, "kms.rootkey");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("The connection string contains 'databse', which is not a setting of a shared store. Did you mean 'Database'?", "Databse=kms")]
    [InlineData("The connection string names no Database, the database. Write, for example: Host=db1;Database=kms;Username=kms", "Port=1")]
    public async Task Serve_ConnectionStringWrong_IsRefusedWithTheReason(string message, string rest)
    {
        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync("--postgres", $"Host=db1;{rest}");
        Assert.Equal((1, "", message + "\n"), (exitCode, output, errors));
    }

    [Fact]
    public async Task EveryCommand_PasswordInConnectionString_IsRefusedAndNotRepeated()
    {
        foreach (string[] command in (string[][])
            [[], ["new-access-key"], ["step-clock", "--days", "1"], ["init-database"], ["rotate-root-key"], ["confirm-clock"]])
        {
            (int exitCode, _, string errors) = await EndpointProcess.RunAsync(
                [.. command, "--postgres", "Host=db1;Database=kms;Password=opensesame"]);
            Assert.Equal(1, exitCode);
            Assert.Contains("--password-file", errors, StringComparison.Ordinal);
            Assert.DoesNotContain("opensesame", errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task InitDatabase_NoDatabaseNamed_SaysHow() => Assert.Equal(
        (1, "", "No database is named: give --postgres, or a connection string in KMSTOOLS_STORE.\n"),
        await EndpointProcess.RunAsync(["init-database"], new Dictionary<string, string?> { ["KMSTOOLS_STORE"] = _folder }));

    [Fact]
    public async Task Serve_DatabaseNotInitialized_NamesTheCommandThatDoesIt()
    {
        string database = shared.NewDatabase();
        (int exitCode, _, string errors) = await EndpointProcess.RunAsync(
            "--postgres", shared.Server.ConnectionString(database), "--root-key-file", RootKeyFile);
        Assert.Equal(1, exitCode);
        Assert.Contains("init-database --postgres ... --role ...", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(RootKeyFile));
    }

    [Fact]
    public async Task TwoEndpoints_OneDatabase_SeeEachOthersChangesAtOnceAndOutliveTheDatabase()
    {
        string database = shared.NewDatabase();
        string connection = shared.Server.ConnectionString(database);
        string[] store = ["--postgres", connection, "--root-key-file", RootKeyFile, "--local-folder", Path.Combine(_folder, "local")];
        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync(
            "init-database", "--postgres", shared.Server.ConnectionString(database, PostgreSqlServer.Owner), "--role", PostgreSqlServer.User);
        Assert.True(exitCode == 0, errors);
        string place = connection[..connection.IndexOf(";Username", StringComparison.Ordinal)];
        Assert.Matches($"^{place} has the tables of version [0-9]+ now. The role kms may use them.\n$", output);

        (exitCode, output, errors) = await EndpointProcess.RunAsync(["new-access-key", .. store]);
        Assert.True(exitCode == 0, errors);
        string[] lines = output.Split('\n', '=');
        (string id, string secret) = (lines[1], lines[3]);

        await using EndpointProcess first = await EndpointProcess.StartAsync([.. store, "--metrics", "127.0.0.1:0"]);
        string metrics = (await first.ReadLineAsync())!["Metrics: ".Length..];

        // The second one finds everything in its environment.
        await using EndpointProcess second = await EndpointProcess.StartAsync(
            ["--local-folder", Path.Combine(_folder, "other")],
            new Dictionary<string, string?>
            {
                [DefaultStore.Variable] = connection,
                [SharedStoreOptions.RootKeyFileVariable] = RootKeyFile,
            });
        Assert.Equal((place, place), (first.Folder, second.Folder));
        using AmazonKeyManagementServiceClient here = first.Client(id, secret);
        using AmazonKeyManagementServiceClient there = second.Client(id, secret);
        string keyId = (await here.CreateKeyAsync(new CreateKeyRequest(), Cancellation)).KeyMetadata.KeyId;
        for (int i = 0; i < 10; i++)
        {
            string description = $"change {i}";
            await here.UpdateKeyDescriptionAsync(new UpdateKeyDescriptionRequest { KeyId = keyId, Description = description }, Cancellation);
            Assert.Equal(
                description,
                (await there.DescribeKeyAsync(new DescribeKeyRequest { KeyId = keyId }, Cancellation)).KeyMetadata.Description);
        }

        using HttpClient http = new();
        string measured = "";
        for (int i = 0; i < 100 && !measured.Contains("\nkms_event_log_size_bytes ", StringComparison.Ordinal); i++)
        {
            await Task.Delay(100, Cancellation);
            measured = await http.GetStringAsync(new Uri(metrics), Cancellation);
        }

        Assert.Contains("\nkms_event_log_size_bytes ", measured, StringComparison.Ordinal);
        Assert.DoesNotContain("\nkms_disk_free_bytes ", measured, StringComparison.Ordinal);
        Assert.Equal("200 {\"status\":\"ok\"}", await HealthAsync(http, second));

        shared.Server.Stop();
        Assert.Equal(NotAnswering, await HealthAsync(http, second));
        KMSInternalException failure = await Assert.ThrowsAsync<KMSInternalException>(
            () => there.DescribeKeyAsync(new DescribeKeyRequest { KeyId = keyId }, Cancellation));
        Assert.DoesNotContain(shared.Server.Folder, failure.Message, StringComparison.Ordinal);

        shared.Server.StartAgain();
        for (int i = 0; i < 100 && await HealthAsync(http, second) == NotAnswering; i++)
        {
            await Task.Delay(100, Cancellation);
        }

        Assert.Equal("200 {\"status\":\"ok\"}", await HealthAsync(http, second));
        Assert.Equal(
            "change 9", (await there.DescribeKeyAsync(new DescribeKeyRequest { KeyId = keyId }, Cancellation)).KeyMetadata.Description);
    }

    private static async Task<string> HealthAsync(HttpClient http, EndpointProcess process)
    {
        using HttpResponseMessage response = await http.GetAsync(new Uri(process.Url + "/healthz"), Cancellation);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Cancellation)}";
    }
}
