using System.Collections.Concurrent;
using System.Diagnostics;
using KmsTools.Databases;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools.Durability;

/// <summary>
/// One machine seals, rotates and unseals a shared store until it is killed, or the database is, while another makes calls: after each kill
/// every machine opens the store as before or as after what was in progress, and nothing that was answered is lost.
/// </summary>
public sealed class SharedSealDurabilityTests(ITestOutputHelper output) : IDisposable
{
    private const string Name = "kms";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly PostgreSqlServer _server = PostgreSqlServer.Start();
    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-shared-seal-").FullName;
    private readonly ConcurrentQueue<(string KeyId, byte[] Blob)> _answers = [];
    private readonly HashSet<string> _states = [];
    private int _failures;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Database => _server.ConnectionString(Name);

    // The machine whose process is killed, and the one that makes calls.
    private string Killed => Path.Combine(_folder, "killed");

    private string Other => Path.Combine(_folder, "other");

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Kill_WithinSealingAndRotation_EveryMachineOpensAndNothingAnsweredIsLost()
    {
        TestStores.Initialize(_server, Name);
        Directory.CreateDirectory(Killed);
        Directory.CreateDirectory(Other);
        SealingProcess.Open(Killed, out _, Database).Dispose();
        File.Copy(FileOf(Killed), FileOf(Other));
        Random random = new(Campaign.Seed);
        string state = SealingProcess.Nothing;
        int kills = Campaign.Length(usual: 3, full: 100);
        for (int kill = 0; kill < kills; kill++)
        {
            state = await KillAsync(random, state, killsDatabase: kill % 2 == 1);
            _states.Add(state);
        }

        output.WriteLine($"{Campaign.Repeat(Campaign.Seed)}: {kills} kills, {_answers.Count} answers, {_failures} calls failed, "
            + $"opened with: {string.Join(", ", _states)}");
        Assert.NotEmpty(_answers);
        using KmsEngine engine = OpenOther();
        List<StoreFinding> findings = [];
        engine.Verifier.Run(findings.Add, []);
        Assert.Empty(findings);
    }

    private async Task<string> KillAsync(Random random, string before, bool killsDatabase)
    {
        // It is up all the time, and follows unless the store is sealed, rotated and unsealed faster than it looks.
        using KmsEngine other = OpenOther();
        using Process process = SealingProcess.Start(Killed, Database);
        string? first = await process.StandardOutput.ReadLineAsync(Cancellation);
        Assert.True(first == SealingProcess.Ready, first);
        using CancellationTokenSource ended = new();
        Task calls = Task.Factory.StartNew(() => CallUntil(other, ended.Token), TaskCreationOptions.LongRunning);

        // However fast the machine is, the kills are within all of the acts.
        List<string> said = [];
        for (int acts = random.Next(6); acts > 0 && await process.StandardOutput.ReadLineAsync(Cancellation) is { } line;)
        {
            said.Add(line);
            acts -= line.StartsWith("done", StringComparison.Ordinal) ? 1 : 0;
        }

        Task<string> output = process.StandardOutput.ReadToEndAsync(Cancellation);
        await Task.Delay(random.Next(100), Cancellation);
        if (killsDatabase)
        {
            if (random.Next(2) == 0)
            {
                _server.Kill();
            }
            else
            {
                _server.Stop();
            }

            _server.StartAgain();
            await Task.Delay(random.Next(200), Cancellation);
        }

        process.Kill();
        string[] lines = [.. said, .. (await output).Split('\n')];
        string log = $"{Campaign.Repeat(Campaign.Seed)}, from {before}:\n{string.Join('\n', lines.TakeLast(40))}";
        Assert.True(!lines.Any(static line => line.StartsWith("failed", StringComparison.Ordinal)), log);
        Assert.True(killsDatabase || !lines.Any(static line => line.StartsWith("refused", StringComparison.Ordinal)), log);

        string opensWith;
        using (KmsEngine killed = SealingProcess.Open(Killed, out opensWith, Database))
        {
            Assert.True(StatesAfter(lines, before).Contains(opensWith), $"opens with {opensWith}: {log}");
            ended.Cancel();
            await calls.WaitAsync(s_limit, Cancellation);
            RequireAnswers(killed, log);
            using KmsEngine again = OpenOther();
            RequireAnswers(again, log);
        }

        RequireAnswers(other, log, IsBehind);
        RequireFiles(opensWith, log);
        return opensWith;
    }

    // What may open the store: what was done last, and what was tried after that.
    private static HashSet<string> StatesAfter(IEnumerable<string> lines, string before)
    {
        HashSet<string> states = [before];
        foreach (string[] words in lines.Select(static line => line.Split(' ', ':')).Where(static words => words is [_, not "rotate", ..]))
        {
            if (words[0] == "done")
            {
                states = [words[1]];
            }
            else if (words[0] == "try")
            {
                states.Add(words[1]);
            }
        }

        return states;
    }

    private static string FileOf(string machine) => Path.Combine(machine, "root.key");

    private void CallUntil(KmsEngine engine, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            try
            {
                string keyId = engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
                byte[] blob = engine.Execute(new EncryptRequest { KeyId = keyId, Plaintext = [1, 2, 3] }).CiphertextBlob.ToArray();
                _answers.Enqueue((keyId, blob));
            }
            catch (Exception exception) when (exception is StateStoreException or KmsException { HttpStatusCode: 500 })
            {
                // The database was away, or the store is sealed by what this machine has not been given.
                _failures++;
                Thread.Sleep(10);
            }
        }
    }

    // A machine that is behind says what it needs: the file of another one.
    private KmsEngine OpenOther()
    {
        try
        {
            return SealingProcess.Open(Other, out _, Database);
        }
        catch (StateStoreException exception) when (exception.SharedFault == SharedStoreFault.OlderRootKey)
        {
            File.Copy(FileOf(Killed), FileOf(Other), overwrite: true);
            return SealingProcess.Open(Other, out _, Database);
        }
    }

    private static bool IsBehind(Exception? exception) => exception is not null
        && (exception is StateStoreException { SharedFault: SharedStoreFault.OlderRootKey } or StateStoreException { SealFault: SealFault.Locked }
            || IsBehind(exception.InnerException));

    private void RequireAnswers(KmsEngine engine, string log, Func<Exception?, bool>? isExpected = null)
    {
        foreach ((string keyId, byte[] blob) in _answers)
        {
            Exception? exception = Record.Exception(() => Assert.Equal(
                [1, 2, 3], engine.Execute(new DecryptRequest { KeyId = keyId, CiphertextBlob = blob }).Plaintext!.ToArray()));
            Assert.True(exception is null || isExpected?.Invoke(exception) == true, $"{keyId}: {exception}\n{log}");
        }
    }

    // No key is left in clear on a machine, and no file of one is left half way.
    private void RequireFiles(string opensWith, string log)
    {
        foreach (string machine in new[] { Killed, Other })
        {
            // That of the other is replaced when it looks, also if its generation is gone before; the former one is beside it for a moment.
            Assert.True(
                SpinWait.SpinUntil(
                    () => (opensWith == SealingProcess.Nothing || IsSealed(FileOf(machine))) && !File.Exists(FileOf(machine) + "-new"), s_limit),
                $"{machine} is in clear: {log}");
        }
    }

    private static bool IsSealed(string file) => File.ReadAllBytes(file).AsSpan().StartsWith("KMSTLOCK"u8);
}
