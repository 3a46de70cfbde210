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
            [[], ["new-access-key"], ["step-clock", "--days", "1"], ["init-database"], ["rotate-root-key"], ["confirm-clock"],
             ["copy", "--to", "x"], ["backup", "--file", "x"]])
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
            "--postgres", Connection(database), "--root-key-file", RootKeyFile);
        Assert.Equal(1, exitCode);
        Assert.Contains("init-database --postgres ... --role ...", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(RootKeyFile));
    }

    [Fact]
    public async Task TwoEndpoints_OneDatabase_SeeEachOthersChangesAtOnceAndOutliveTheDatabase()
    {
        string database = shared.NewDatabase();
        string connection = Connection(database);
        string[] store = ["--postgres", connection, "--root-key-file", RootKeyFile, "--local-folder", Path.Combine(_folder, "local")];
        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync(
            "init-database", "--postgres", Connection(database, PostgreSqlServer.Owner), "--role", PostgreSqlServer.User);
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

    [Fact]
    public async Task CopyBackupAndRestore_BetweenFoldersAndDatabases_CarryTheWholeStore()
    {
        string folder = Path.Combine(_folder, "lab");
        await EndpointProcess.NewStoreAsync(folder);
        (string keyId, byte[] ciphertext) = Encrypt(new StateStoreOptions { Folder = folder });
        string first = shared.NewStoreDatabase();
        string[] there = OptionsOf(first, "first");
        string place = PlaceOf(first);

        string copied = await SucceedAsync("copy", "--store", folder, "--to", there[1], "--to-root-key-file", there[3], "--to-local-folder", there[5]);
        Assert.Matches($"^Copied 1 keys and [0-9]+ events, up to change [0-9]+, from '{folder}' to '{place}', and verified them\\.\n"
            + $"The root key is in '{there[3]}'\\. Every machine that uses the store needs a copy of it\\.\n$", copied);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(there[3]));
        }

        Assert.StartsWith($"There is a store in the database '{place}' already.", await FailAsync(
            "copy", "--store", folder, "--to", there[1], "--to-root-key-file", Path.Combine(_folder, "again")));

        string passphrase = PrivateFile.Write(Path.Combine(_folder, "passphrase"), "correct horse battery staple");
        string backup = Path.Combine(_folder, "kms.kmsbackup");
        Assert.StartsWith("The store is not sealed", await FailAsync(["backup", .. there, "--file", backup]));
        Assert.Matches(
            $"^Backed up 1 keys, up to change [0-9]+, to '{backup}' \\([0-9]+ bytes\\), and verified it\\.\n$",
            await SucceedAsync(["backup", .. there, "--file", backup, "--passphrase-file", passphrase]));

        string second = shared.NewStoreDatabase();
        string[] elsewhere = OptionsOf(second, "second");
        string[] restore = ["restore", .. elsewhere, "--file", backup, "--passphrase-file", passphrase];
        Assert.StartsWith("--replace is for folders", await FailAsync([.. restore, "--replace"]));
        Assert.Matches(
            $"^Restored 1 keys, up to change [0-9]+ of .*Z, to '{PlaceOf(second)}'\\.\n$", await SucceedAsync(restore));
        Assert.StartsWith($"There is a store in the database '{PlaceOf(second)}' already.", await FailAsync(restore));

        string back = Path.Combine(_folder, "back");
        Assert.StartsWith("Copied 1 keys", await SucceedAsync(["copy", .. elsewhere, "--to", back]));
        StateStoreOptions[] all =
        [
            new() { Folder = back },
            new() { Folder = there[5], Shared = new SharedStoreOptions { ConnectionString = there[1], RootKeyFile = there[3] } },
            new() { Folder = elsewhere[5], Shared = new SharedStoreOptions { ConnectionString = elsewhere[1], RootKeyFile = elsewhere[3] } },
        ];
        foreach (StateStoreOptions options in all)
        {
            using KmsEngine engine = Open(options);
            Assert.Equal(keyId, Assert.Single(engine.Execute(new Operations.ListKeysRequest()).Keys).KeyId);
            Assert.Equal([1, 2, 3], engine.Execute(new Operations.DecryptRequest { CiphertextBlob = ciphertext }).Plaintext!.ToArray());
        }
    }

    [Theory]
    [InlineData("--to is neither a folder nor a connection string: that has a Host, as in Host=db1;Database=kms.\n", "Server=db1;Database=kms")]
    [InlineData("--to-root-key-file is for a copy in a database, and --to is a folder.\n", "copy", "--to-root-key-file", "y")]
    [InlineData("--to-local-folder is for a copy in a database, and --to is a folder.\n", "copy", "--to-local-folder", "y")]
    public async Task Copy_DestinationIsNoPlace_IsRefusedAndNothingIsMade(string message, string to, params string[] more)
    {
        string folder = Path.Combine(_folder, "lab");
        await EndpointProcess.NewStoreAsync(folder);
        string place = to.Contains('=', StringComparison.Ordinal) ? to : Path.Combine(_folder, to);
        Assert.Equal(message, await FailAsync(["copy", "--store", folder, "--to", place, .. more]));
        Assert.Equal([folder], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Serve_OverTls_TheServerIsVerified()
    {
        string database = shared.NewStoreDatabase();

        // A handshake may take more than the second of the default where other suites take all processors.
        string trusted = $";Timeout=20;Command Timeout=20;SSL Mode=VerifyFull;Root Certificate={shared.Server.RootCertificate}";
        string[] more = ["--password-file", shared.Server.PasswordFile, "--root-key-file", RootKeyFile, "--local-folder", Path.Combine(_folder, "local")];
        const string untrusted = "is not trusted: its certificate was not accepted. Name the certificate of its CA (Root Certificate=...) in the "
            + "connection string, and the host as the certificate of the server names it.\n";
        foreach (string refused in new[] { At("127.0.0.1") + trusted, At("localhost") + ";Timeout=20;SSL Mode=VerifyFull" })
        {
            Assert.EndsWith(untrusted, await FailAsync(["new-access-key", "--postgres", refused, .. more]));
        }

        Assert.False(File.Exists(RootKeyFile));
        await SucceedAsync(["new-access-key", "--postgres", At("localhost") + trusted, .. more]);
        await using EndpointProcess process = await EndpointProcess.StartAsync(["--postgres", At("localhost") + trusted, .. more]);
        Assert.Equal("t", shared.Server.Query(
            database, "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = current_database() AND usename = 'kms'"));

        string At(string host) => shared.Server.LoopbackConnectionString(database, host: host);
    }

    [Fact]
    public async Task Serve_DatabaseHasLostChanges_IsRefusedUntilAccepted()
    {
        string database = shared.NewStoreDatabase();
        string[] store = OptionsOf(database, "lost");
        await SucceedAsync(["new-access-key", .. store]);
        await SucceedAsync(["new-access-key", .. store]);
        shared.Server.Query(database, "DELETE FROM commits WHERE number = (SELECT max(number) FROM commits)");

        string refusal = await FailAsync(store);
        Assert.StartsWith($"The database '{PlaceOf(database)}' no longer has change ", refusal);
        Assert.EndsWith("To serve the store without what is missing, which cannot be undone: --accept-lost-changes.\n", refusal);
        await using (EndpointProcess process = await EndpointProcess.StartAsync([.. store, "--accept-lost-changes"]))
        {
            await process.StopAsync();
        }

        await SucceedAsync(["new-access-key", .. store]);
        Assert.Equal("1", shared.Server.Query(database, "SELECT count(*) FROM events WHERE name = 'ACCEPTLOSTCHANGES'"));
    }

    private static (string KeyId, byte[] Ciphertext) Encrypt(StateStoreOptions options)
    {
        using KmsEngine engine = Open(options);
        string keyId = engine.Execute(new Operations.CreateKeyRequest()).KeyMetadata.KeyId;
        return (keyId, engine.Execute(new Operations.EncryptRequest { KeyId = keyId, Plaintext = [1, 2, 3] })
            .CiphertextBlob.ToArray());
    }

    private static KmsEngine Open(StateStoreOptions options) => new(
        new Storage.StoreFactory().Open(options), static () => throw new NotSupportedException(), static () => throw new NotSupportedException());

    private static async Task<string> SucceedAsync(params string[] arguments)
    {
        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync(arguments);
        Assert.True(exitCode == 0, errors);
        return output;
    }

    private static async Task<string> FailAsync(params string[] arguments)
    {
        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync(arguments);
        Assert.Equal((1, ""), (exitCode, output));
        return errors;
    }

    private string Connection(string database, string role = PostgreSqlServer.User) =>
        shared.Server.ConnectionString(database, role) + PostgreSqlServer.Patiently;

    private string PlaceOf(string database) => $"Host={shared.Server.Folder};Port={shared.Server.Port};Database={database}";

    private string[] OptionsOf(string database, string machine) =>
    [
        "--postgres", Connection(database), "--root-key-file", Path.Combine(_folder, machine + ".rootkey"),
        "--local-folder", Path.Combine(_folder, machine),
    ];

    private static async Task<string> HealthAsync(HttpClient http, EndpointProcess process)
    {
        using HttpResponseMessage response = await http.GetAsync(new Uri(process.Url + "/healthz"), Cancellation);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Cancellation)}";
    }
}
