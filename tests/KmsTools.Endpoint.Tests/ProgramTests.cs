using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using KmsTools.Persistence;
using KmsTools.Storage;

namespace KmsTools.Endpoint;

/// <summary>The program as a process of its own.</summary>
public sealed class ProgramTests : IDisposable
{
    private const string Origins = "Origins are http or https URLs without a path, such as http://localhost:3000.";
    private const string DevelopmentOnly = "0.0.0.0 can be reached from other machines, and --dev-credentials are not a secret: anyone could "
        + "use the store. Serve a --store with an access key of new-access-key.";

    private const string AnyOriginRefusal = "--cors-origin * and --dev-credentials exclude each other: the access key is not secret, "
        + "so any web site in a browser could use the store. Name the origins.";

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
    [InlineData("--store and --temporary exclude each other.", "--store", "x", "--temporary")]
    [InlineData("--postgres and --temporary exclude each other.", "--postgres", "Host=x;Database=kms", "--temporary")]
    [InlineData("--store and --postgres exclude each other.", "--store", "x", "--postgres", "Host=x;Database=kms")]
    [InlineData("--store names a folder, and this is a connection string. Give it with --postgres.", "--store", "Host=x;Database=kms")]
    [InlineData("--postgres needs a value.", "--postgres")]
    [InlineData("--root-key-file needs --postgres, or a connection string in KMSTOOLS_STORE.", "--store", "x", "--root-key-file", "y")]
    [InlineData("--local-folder needs --postgres, or a connection string in KMSTOOLS_STORE.", "--store", "x", "--local-folder", "y")]
    [InlineData(
        "0.0.0.0 can be reached from other machines: give a --certificate, or --insecure-http if plaintexts may be read on the network.",
        "--temporary",
        "--listen",
        "0.0.0.0")]
    [InlineData(DevelopmentOnly, "--temporary", "--dev-credentials", "test:test", "--listen", "0.0.0.0", "--insecure-http")]
    [InlineData(DevelopmentOnly, "--temporary", "--dev-credentials", "test:test", "--listen", "0.0.0.0", "--certificate", "x")]
    [InlineData(DevelopmentOnly, "--temporary", "--dev-credentials", "test:test", "--listen", "0.0.0.0")]
    [InlineData("'localhost' is not a valid IP address.", "--temporary", "--listen", "localhost")]
    [InlineData(
        "--socket and --console exclude each other: browsers do not open Unix sockets.", "--temporary", "--console", "--socket", "x")]
    [InlineData(
        "0.0.0.0 can be reached from other machines, and what the console sends could be read on the network: give a --certificate.",
        "--temporary",
        "--console",
        "--listen",
        "0.0.0.0",
        "--insecure-http")]
    [InlineData("--certificate and --insecure-http exclude each other.", "--temporary", "--certificate", "x", "--insecure-http")]
    [InlineData("--certificate-key needs --certificate.", "--temporary", "--certificate-key", "x")]
    [InlineData(
        "--dev-credentials is for a temporary store only. new-access-key creates an access key for another one.",
        "--store",
        "x",
        "--dev-credentials",
        "test:test")]
    [InlineData("--dev-credentials takes an ID and a secret: test:test.", "--temporary", "--dev-credentials", "test")]
    [InlineData("--dev-credentials takes an ID and a secret: test:test.", "--temporary", "--dev-credentials", "test:")]
    [InlineData("'ftp://a' is not a valid origin. " + Origins, "--temporary", "--cors-origin", "ftp://a")]
    [InlineData("'http://b/c' is not a valid origin. " + Origins, "--cors-origin", "http://a", "--cors-origin", "http://b/c")]
    [InlineData("--cors-origin needs a value.", "--temporary", "--cors-origin")]
    [InlineData("--cors-origin needs a value.", "--temporary", "--cors-origin", "")]
    [InlineData(AnyOriginRefusal, "--temporary", "--dev-credentials", "test:test", "--cors-origin", "*")]
    [InlineData(AnyOriginRefusal, "--temporary", "--dev-credentials", "test:test", "--cors-origin", "http://a", "--cors-origin", "*")]
    [InlineData("'65536' is not a valid port. Ports are numbers from 0 to 65535.", "--port", "65536")]
    [InlineData("'-1' is not a valid port. Ports are numbers from 0 to 65535.", "--port", "-1")]
    [InlineData("--port needs a value.", "--port")]
    [InlineData("--store needs a value.", "--store", "")]
    [InlineData("Option '--port' expects a single argument but 2 were provided.", "--port", "1", "--port", "2")]
    [InlineData("--days belongs to step-clock.", "--temporary", "--days", "1")]
    [InlineData("--user belongs to new-access-key.", "--temporary", "--user", "alice")]
    [InlineData("'false' is not understood.", "--temporary", "false")]
    [InlineData("'--nonsense' is not understood.", "--nonsense")]
    [InlineData("'--temporry' is not understood. Did you mean --temporary?", "--temporry")]
    [InlineData("'--stoer' is not understood. Did you mean --store?", "--stoer", "x")]
    [InlineData("'--srote' is not understood.", "--srote", "x")]
    [InlineData("'stepclock' is not understood. Did you mean step-clock?", "stepclock", "--days", "1")]
    [InlineData("'--dev-credential' is not understood. Did you mean --dev-credentials?", "--temporary", "--dev-credential=test:hidden")]
    [InlineData("'--dev-credential' is not understood. Did you mean --dev-credentials?", "--temporary", "--dev-credential", "test:hidden")]
    [InlineData("'@arguments' is not understood.", "@arguments")]
    public async Task Command_NotUnderstoodOrNotSafe_IsRefused(string message, params string[] arguments)
    {
        Assert.Equal((2, "", message + "\nHelp: KmsTools.Endpoint --help\n"), await EndpointProcess.RunAsync(arguments));
    }

    [Theory]
    [InlineData("step-clock", "step-clock needs --days.", "step-clock", "--store", "x")]
    [InlineData(
        "step-clock",
        "'-1' is not a valid number of days. Give a number above 0, up to 36500.",
        "step-clock",
        "--store",
        "x",
        "--days",
        "-1")]
    [InlineData(
        "step-clock",
        "'0' is not a valid number of days. Give a number above 0, up to 36500.",
        "step-clock",
        "--store",
        "x",
        "--days",
        "0")]
    [InlineData(
        "step-clock",
        "'36500.1' is not a valid number of days. Give a number above 0, up to 36500.",
        "--store",
        "x",
        "step-clock",
        "--days",
        "36500.1")]
    [InlineData("step-clock", "step-clock has no option --temporary.", "step-clock", "--temporary", "--days", "1")]
    [InlineData("step-clock", "step-clock has no option --temporary.", "--temporary", "step-clock", "--days", "1")]
    [InlineData("step-clock", "step-clock and new-access-key exclude each other.", "step-clock", "--days", "1", "new-access-key")]
    [InlineData("step-clock", "'--day' is not understood. Did you mean --days?", "step-clock", "--day", "1")]
    [InlineData("new-access-key", "new-access-key has no option --port.", "new-access-key", "--port", "80")]
    [InlineData("init-database", "init-database has no option --store.", "init-database", "--store", "x")]
    [InlineData("new-access-key", "--user needs a value.", "new-access-key", "--store", "x", "--user", "")]
    public async Task Command_Wrong_NamesItsHelp(string command, string message, params string[] arguments)
    {
        Assert.Equal((2, "", $"{message}\nHelp: KmsTools.Endpoint {command} --help\n"), await EndpointProcess.RunAsync(arguments));
    }

    [Theory]
    [InlineData("36500", 1)]
    [InlineData("0.000001", 1)]
    public async Task StepClock_DaysAtTheirBounds_AreTaken(string days, int exitCode)
    {
        Assert.Equal(
            (exitCode, "", $"'{_folder}' does not contain a store.\n"),
            await EndpointProcess.RunAsync("--store", _folder, "step-clock", "--days", days));
    }

    [Theory]
    [InlineData(
        "Description:\n  Serves a KmsTools store to the AWS SDKs, the AWS CLI and Terraform. Creates the store if it does not exist. Runs "
            + "until it is stopped.\n\n"
            + "Usage:\n  KmsTools.Endpoint [command] [options]\n\nOptions:\n  --store <folder>               The folder of the store. The "
            + "default is the current user's store.\n",
        "--help")]
    [InlineData("Description:\n  Serves a KmsTools store to the AWS SDKs", "-h")]
    [InlineData("Description:\n  Serves a KmsTools store to the AWS SDKs", "--temporary", "--port", "70000", "--help")]
    [InlineData(
        "Description:\n  Creates an access key for a permanent store, and the store if it does not exist. The secret is printed once.\n\n"
            + "Usage:\n  KmsTools.Endpoint new-access-key [options]\n\nOptions:\n  --store <folder>            The folder of the store. The "
            + "default is the current user's store.\n",
        "new-access-key",
        "--help")]
    [InlineData(
        "Description:\n  Moves the simulated clock of a store forward, also while the store is served. --store names the folder of a "
            + "temporary store too.\n\n"
            + "Usage:\n  KmsTools.Endpoint step-clock [options]\n\nOptions:\n  --store <folder>            The folder of the store. The "
            + "default is the current user's store.\n"
            + "  --postgres <connection>     The PostgreSQL database of a store that several machines share",
        "step-clock",
        "-h")]
    [InlineData(
        "Description:\n  Confirms that the clock is right, also while the store is served: keys and key material that wait for that are "
            + "destroyed. Without --yes they are only listed.\n\n"
            + "Usage:\n  KmsTools.Endpoint confirm-clock [options]\n\nOptions:\n  --store <folder>            The folder of the store. The "
            + "default is the current user's store.\n",
        "confirm-clock",
        "--help")]
    [InlineData(
        "Description:\n  Rotates the root key of a store, also while the store is served: makes a new generation, wraps everything in the "
            + "store again, and destroys the former one. Back up the store afterwards.\n\n"
            + "Usage:\n  KmsTools.Endpoint rotate-root-key [options]\n\nOptions:\n  --store <folder>            The folder of the store. The "
            + "default is the current user's store.\n",
        "rotate-root-key",
        "--help")]
    public async Task Help_OfEveryCommand_IsShown(string beginning, params string[] arguments)
    {
        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync(arguments);

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.StartsWith(beginning, output);
    }

    [Fact]
    public async Task RotateRootKey_OfAStore_MakesTheNextGeneration()
    {
        Assert.Equal(
            (1, "", $"'{_folder}' does not contain a store.\n"), await EndpointProcess.RunAsync("rotate-root-key", "--store", _folder));
        Assert.Equal(0, (await EndpointProcess.RunAsync("new-access-key", "--store", _folder)).ExitCode);
        Assert.Equal(
            (0, "The root key has generation 2.\n", ""), await EndpointProcess.RunAsync("rotate-root-key", "--store", _folder));
        Assert.Equal(
            (0, "The root key has generation 3.\n", ""), await EndpointProcess.RunAsync("--store", _folder, "rotate-root-key"));
    }

    [Fact]
    public async Task Version_Asked_IsShown()
    {
        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync("--version");

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Matches(@"^0\.1\.0(\+[0-9a-f]{40})?\n\z", output);
    }

    [Theory]
    [InlineData("--store\n", "[suggest]", "--st")]
    [InlineData("--days\n", "[suggest:14]", "step-clock --d")]
    [InlineData("step-clock\n--store\nrestore\n--listen\n--postgres\n--accept-lost-changes\n", "[suggest]", "st")]
    [InlineData(
        "--help\n--local-folder\n--passphrase-file\n--password-file\n--postgres\n--recovery-key-file\n--root-key-file\n--seal-pin-file\n"
            + "--simulated-clock\n--store\n--user\n-h\n",
        "[suggest:15]",
        "new-access-key ")]
    public async Task Completion_ByShells_OffersOptionsAndCommands(string completions, params string[] arguments)
    {
        Assert.Equal((0, completions, ""), await EndpointProcess.RunAsync(arguments));
    }

    [Fact]
    public async Task Serve_TemporaryStore_WarnsOfItsCredentialsAndLeavesNothing()
    {
        await using EndpointProcess process = await EndpointProcess.StartAsync("--temporary", "--dev-credentials", "test:test");
        using AmazonKeyManagementServiceClient client = process.Client("test", "test");
        await client.CreateKeyAsync(new CreateKeyRequest(), Cancellation);
        Assert.True(Directory.Exists(process.Folder));

        process.Signal("TERM");

        (int exitCode, string errors) = await process.EndAsync();
        Assert.Equal(0, exitCode);
        Assert.Equal("Warning: anyone who knows the access key 'test' with the secret 'test' can use this store. It is temporary; keep "
            + "nothing of value in it.\n", errors);
        Assert.False(Directory.Exists(process.Folder));
    }

    [Theory]
    [InlineData("HUP", 1)]
    [InlineData("INT", 2)]
    [InlineData("QUIT", 3)]
    public async Task Serve_TemporaryStoreEndedInOtherWays_LeavesNothing(string signal, int number)
    {
        Assert.SkipWhen(
            IsIgnored(number),
            $"SIG{signal} is ignored here, as a shell does for what it runs in the background, and children inherit that.");
        await using EndpointProcess process = await EndpointProcess.StartAsync("--temporary");

        await process.StopAsync(signal);

        Assert.False(Directory.Exists(process.Folder));
    }

    [Fact]
    public async Task Signal_DuringACall_LetsItBeAnswered()
    {
        await using EndpointProcess process = await EndpointProcess.StartAsync("--temporary", "--dev-credentials", "test:test");
        int port = new Uri(process.Url).Port;
        SignedCall call = new()
        {
            Port = port,
            AccessKeyId = "test",
            Secret = "test",
            Operation = "CreateKey",
            Body = """{"KeySpec":"RSA_2048","KeyUsage":"SIGN_VERIFY"}""",
        };
        string head = "POST / HTTP/1.1\r\n" + string.Concat(call.Headers().Select(static header => $"{header.Name}: {header.Value}\r\n"));
        TcpClient[] clients = [.. Enumerable.Range(0, 4).Select(static _ => new TcpClient())];
        byte[] buffer = new byte[8192];
        foreach (TcpClient client in clients)
        {
            await client.ConnectAsync("127.0.0.1", port, Cancellation);
            await client.GetStream().WriteAsync(
                Encoding.ASCII.GetBytes($"{head}content-length: {call.Body.Length}\r\nexpect: 100-continue\r\n\r\n"),
                Cancellation);

            // Who is told to go on is under way.
            Assert.StartsWith(
                "HTTP/1.1 100 Continue",
                Encoding.ASCII.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer, Cancellation)));
        }

        process.Signal("TERM");
        await RefusedAsync(port);
        foreach (TcpClient client in clients)
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(call.Body), Cancellation);
        }

        foreach (TcpClient client in clients)
        {
            using StreamReader reader = new(client.GetStream());
            string answer = await reader.ReadToEndAsync(Cancellation);
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer);
            Assert.Contains("\"KeySpec\":\"RSA_2048\"", answer);
            client.Dispose();
        }

        Assert.Equal(0, (await process.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task Signal_Second_LetsTheCallBeAnsweredAndRefusesConnections()
    {
        await using EndpointProcess process = await EndpointProcess.StartAsync("--temporary", "--dev-credentials", "test:test");
        int port = new Uri(process.Url).Port;
        SignedCall call = new() { Port = port, AccessKeyId = "test", Secret = "test", Operation = "ListKeys" };
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", port, Cancellation);
        NetworkStream stream = client.GetStream();

        // A call whose body has not come yet is under way until it does.
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            "POST / HTTP/1.1\r\n" + string.Concat(call.Headers().Select(static header => $"{header.Name}: {header.Value}\r\n"))
                + "content-length: 2\r\nexpect: 100-continue\r\n\r\n"), Cancellation);
        byte[] buffer = new byte[4096];
        Assert.StartsWith("HTTP/1.1 100 Continue", Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, Cancellation)));
        process.Signal("TERM");
        process.Signal("TERM");
        await RefusedAsync(port);
        await stream.WriteAsync("{}"u8.ToArray(), Cancellation);

        string answer = Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, Cancellation));
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer);
        Assert.Contains("Connection: close\r\n", answer);
        Assert.EndsWith("""{"Keys":[],"Truncated":false}""", answer);
        Assert.Equal(0, (await process.EndAsync()).ExitCode);
        Assert.False(Directory.Exists(process.Folder));
    }

    [Fact]
    public async Task Serve_ClientsThatHangUpDuringACall_LeaveNothingInTheLog()
    {
        await using EndpointProcess process = await EndpointProcess.StartAsync("--temporary");
        int port = new Uri(process.Url).Port;
        byte[] half = Encoding.ASCII.GetBytes(
            $"POST / HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/x-amz-json-1.1\r\nx-amz-target: "
                + "TrentService.ListKeys\r\nauthorization: "
            + "AWS4-HMAC-SHA256 Credential=nobody/20260101/us-east-1/kms/aws4_request, SignedHeaders=host, "
            + "Signature=00\r\ncontent-length: 2000\r\n\r\n{");
        for (int i = 0; i < 100; i++)
        {
            using TcpClient client = new();
            await client.ConnectAsync("127.0.0.1", port, Cancellation);
            await client.GetStream().WriteAsync(half, Cancellation);
            await Task.Delay(i % 10, Cancellation);
            client.Client.Close(0);
        }

        process.Signal("TERM");

        Assert.Equal((0, ""), await process.EndAsync());
    }

    [Fact]
    [OnEveryStore]
    public async Task Signal_UnderLoad_KeepsWhatWasAnsweredAndAnswersWhatIsKept()
    {
        await NewStoreAsync();
        await using EndpointProcess process = await EndpointProcess.StartAsync("--store", _folder);
        using AmazonKeyManagementServiceClient client = process.Client(_id, _secret);
        ConcurrentBag<string> answered = new();
        ConcurrentBag<Exception> refusals = new();
        Task[] callers = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                try
                {
                    answered.Add((await client.CreateKeyAsync(new CreateKeyRequest(), Cancellation)).KeyMetadata.KeyId);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    refusals.Add(exception);
                    return;
                }
            }
        }, Cancellation))];
        while (answered.Count < 100)
        {
            await Task.Delay(10, Cancellation);
        }

        await process.StopAsync();
        await Task.WhenAll(callers);

        using IStateStore store = new StoreFactory().Open(TestStores.At(_folder));
        using KmsEngine engine = new(store, static () => throw new NotSupportedException(), static () => throw new NotSupportedException());
        string[] kept = [.. Keys(engine)];
        Assert.Equal(answered.Order(StringComparer.Ordinal), kept.Order(StringComparer.Ordinal));

        // Whoever was not answered was not heard: a connection that is closed or refused.
        Assert.All(refusals, static refusal => Assert.IsType<HttpRequestException>(Innermost<HttpRequestException>(refusal)));
    }

    [Fact]
    [OnEveryStore]
    public async Task Serve_StoreOfAnotherProcess_IsShared()
    {
        await NewStoreAsync();
        using KmsEngine engine = new(
            new StoreFactory().Open(TestStores.At(_folder)),
            static () => throw new NotSupportedException(),
            static () => throw new NotSupportedException());
        await using EndpointProcess process = await EndpointProcess.StartAsync("--store", _folder);
        using AmazonKeyManagementServiceClient client = process.Client(_id, _secret);

        string here = engine.Execute(new Operations.CreateKeyRequest()).KeyMetadata.KeyId;
        Assert.Equal(here, (await client.DescribeKeyAsync(here, Cancellation)).KeyMetadata.KeyId);
        engine.Execute(new Operations.DisableKeyRequest { KeyId = here });
        await Assert.ThrowsAsync<DisabledException>(
            () => client.EncryptAsync(new EncryptRequest { KeyId = here, Plaintext = new MemoryStream([1]) }, Cancellation));

        await process.StopAsync();
    }

    [Fact]
    [OnEveryStore]
    public async Task Serve_WorkThatFallsDue_IsDoneWithoutACall()
    {
        await NewStoreAsync("--simulated-clock");
        using KmsEngine engine = new(
            new StoreFactory().Open(TestStores.At(_folder)),
            static () => throw new NotSupportedException(),
            static () => throw new NotSupportedException());
        string keyId = engine.Execute(new Operations.CreateKeyRequest()).KeyMetadata.KeyId;
        engine.Execute(new Operations.ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = 7 });
        await using EndpointProcess process = await EndpointProcess.StartAsync("--store", _folder);

        // Moves the clock and nothing else, as a process would that dies at once.
        using (IStateStore store = new StoreFactory().Open(TestStores.At(_folder)))
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
        await process.StopAsync();
    }

    [Fact]
    public async Task Serve_StoreHasLostChanges_IsRefusedUntilAccepted()
    {
        await NewStoreAsync();
        string state = Path.Combine(_folder, "state.db");
        byte[] former = await File.ReadAllBytesAsync(state, Cancellation);
        await NewStoreAsync();
        await File.WriteAllBytesAsync(state, former, Cancellation);

        (int exitCode, _, string errors) = await EndpointProcess.RunAsync("--store", _folder);
        Assert.Equal(1, exitCode);
        Assert.StartsWith($"The store in '{_folder}' has lost changes: the newest change is missing in 'state.db'.", errors);
        Assert.EndsWith("To serve the store without what is missing, which cannot be undone: --accept-lost-changes.\n", errors);

        // To accept a loss is a decision of its own: only the command that serves has the option.
        Assert.Equal(2, (await EndpointProcess.RunAsync("new-access-key", "--store", _folder, "--accept-lost-changes")).ExitCode);
        await using EndpointProcess process = await EndpointProcess.StartAsync("--store", _folder, "--accept-lost-changes");
        await process.StopAsync();
        Assert.Equal(0, (await EndpointProcess.RunAsync("new-access-key", "--store", _folder)).ExitCode);
    }

    [Fact]
    public async Task StepClock_OfAServedStore_MovesItButNotThatOfSignatures()
    {
        await using EndpointProcess process = await EndpointProcess.StartAsync(
            "--temporary",
            "--simulated-clock",
            "--dev-credentials",
            "test:test");
        using AmazonKeyManagementServiceClient client = process.Client("test", "test");
        string keyId = (await client.CreateKeyAsync(new CreateKeyRequest(), Cancellation)).KeyMetadata.KeyId;
        await client.ScheduleKeyDeletionAsync(keyId, 7, Cancellation);
        DateTime deletion = (await client.DescribeKeyAsync(keyId, Cancellation)).KeyMetadata.DeletionDate!.Value.ToUniversalTime();

        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync(
            "step-clock",
            "--store",
            process.Folder,
            "--days",
            "6.5");
        Assert.True(exitCode == 0, errors);
        Assert.Equal($"The clock is at {deletion.AddDays(-0.5):yyyy-MM-dd'T'HH:mm:ss'Z'}.\n", output);
        Assert.Equal(
            Amazon.KeyManagementService.KeyState.PendingDeletion,
            (await client.DescribeKeyAsync(keyId, Cancellation)).KeyMetadata.KeyState);

        Assert.Equal(0, (await EndpointProcess.RunAsync("step-clock", "--store", process.Folder, "--days", "0.5")).ExitCode);
        await Assert.ThrowsAsync<NotFoundException>(() => client.DescribeKeyAsync(keyId, Cancellation));
        await process.StopAsync();
    }

    [Fact]
    public async Task StepClock_RealClockOrNoStore_IsRefused()
    {
        await NewStoreAsync();

        Assert.Equal(
            (1, "", "This store uses the real clock, which cannot be moved. A store gets a simulated clock when it is created. Give "
                + "--simulated-clock with the command that creates a store.\n"),
            await EndpointProcess.RunAsync("step-clock", "--store", _folder, "--days", "1"));
        Assert.Equal(
            (1, "", $"'{_folder}x' does not contain a store.\n"),
            await EndpointProcess.RunAsync("step-clock", "--store", _folder + "x", "--days", "1"));
        Assert.False(Directory.Exists(_folder + "x"));
    }

    [Fact]
    public async Task Serve_PortInUse_IsReportedAndTheTemporaryStoreRemoved()
    {
        TcpListener other = new(System.Net.IPAddress.Loopback, 0);
        other.Start();
        int port = ((System.Net.IPEndPoint)other.LocalEndpoint).Port;

        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync("--temporary", "--port", port.ToString());

        other.Stop();
        Assert.Equal((1, "", $"Failed to bind to address http://127.0.0.1:{port}: address already in use.\n"), (exitCode, output, errors));
    }

    [Fact]
    public async Task Serve_AddressOfAnotherMachine_IsReported()
    {
        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync(
            "--temporary",
            "--listen",
            "192.0.2.1",
            "--insecure-http");

        Assert.Equal((1, "", "Port 0 of 192.0.2.1 cannot be served: Cannot assign requested address.\n"), (exitCode, output, errors));
    }

    [Fact]
    public async Task Serve_FolderWithoutStore_IsReportedAndLeftAlone()
    {
        Directory.CreateDirectory(_folder);
        string file = Path.Combine(_folder, "state.db");
        await File.WriteAllTextAsync(file, "Somebody else's.", Cancellation);
        PrivateFile.MakePrivate(file);

        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync("--store", _folder);

        Assert.Equal(
            (1, "", $"'{file}' is not a KmsTools store (it is not a SQLite database). Choose another folder.\n"),
            (exitCode, output, errors));
        Assert.Equal("Somebody else's.", await File.ReadAllTextAsync(file, Cancellation));
    }

    [Theory]
    [InlineData()]
    [InlineData("new-access-key")]
    public async Task Serve_StoreWithoutState_IsReportedAndLeftAlone(params string[] command)
    {
        Directory.CreateDirectory(_folder);
        string file = Path.Combine(_folder, "root.key");
        await File.WriteAllBytesAsync(file, new byte[32], Cancellation);
        PrivateFile.MakePrivate(file);

        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync([.. command, "--store", _folder]);

        Assert.Equal(
            (1, "", $"The store in '{_folder}' is not complete: 'state.db' is missing, but 'root.key' is there. Nothing was changed. Put "
                + "back what is missing, or "
                + "restore the whole folder from a backup. To create a new store, choose another folder. "
                + $"In PowerShell, Test-KmsStore -Path '{_folder}' shows what is damaged.\n"),
            (exitCode, output, errors));
        Assert.Equal([file], Directory.GetFileSystemEntries(_folder));
        Assert.Equal(new byte[32], await File.ReadAllBytesAsync(file, Cancellation));
    }

    private static async Task RefusedAsync(int port)
    {
        while (true)
        {
            using TcpClient client = new();
            try
            {
                await client.ConnectAsync("127.0.0.1", port, Cancellation);
            }
            catch (SocketException exception)
            {
                // Who is on the way while the door closes is reset.
                if (exception.SocketErrorCode == SocketError.ConnectionRefused)
                {
                    return;
                }
            }

            await Task.Delay(50, Cancellation);
        }
    }

    private static bool IsIgnored(int signal)
    {
        string? mask = File.Exists("/proc/self/status")
            ? File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))
            : null;
        return mask is not null && (Convert.ToUInt64(mask["SigIgn:".Length..].Trim(), 16) & (1UL << (signal - 1))) != 0;
    }

    private static T? Innermost<T>(Exception error)
        where T : Exception =>
        error as T ?? (error.InnerException is { } inner ? Innermost<T>(inner) : null);

    private static IEnumerable<string> Keys(KmsEngine engine)
    {
        string? marker = null;
        do
        {
            Operations.ListKeysResponse page = engine.Execute(new Operations.ListKeysRequest { Limit = 1000, Marker = marker });
            foreach (Operations.KeyListEntry key in page.Keys)
            {
                yield return key.KeyId;
            }

            marker = page.NextMarker;
        }
        while (marker is not null);
    }

    private bool HasKey(string keyId)
    {
        using IStateStore store = new StoreFactory().Open(TestStores.At(_folder));
        using IStateReader reader = store.OpenReader();
        return reader.FindKey(EndpointFixture.Region, keyId) is not null;
    }

    private async Task NewStoreAsync(params string[] more) => (_id, _secret) = await EndpointProcess.NewStoreAsync(_folder, more);
}
