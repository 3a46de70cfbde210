using System.Diagnostics;
using System.Text.Json;

namespace KmsTools.Endpoint.Sharing;

/// <summary>A PowerShell session, with the module, that has the store open itself and makes the calls that it is told, one at a time.</summary>
internal sealed class PowerShellNode : SharedNode
{
    // Each line that comes in is an array: what to do, and its arguments. Each line that goes out is an answer.
    private const string Session = """
        $ErrorActionPreference = 'Stop'
        $ProgressPreference = 'SilentlyContinue'
        Import-Module $env:KMSTOOLS_TEST_MODULE
        # A busy machine may need longer for the first connection than the second that it has by default.
        for ($attempt = 1; ; $attempt++) {
            try {
                Connect-Kms -ConnectionString $env:KMSTOOLS_TEST_CONNECTION -RootKeyFile $env:KMSTOOLS_TEST_ROOT_KEY | Out-Null
                break
            }
            catch {
                if ($attempt -eq 5) { throw }
            }
        }

        [Console]::Out.WriteLine('ready')
        while ($null -ne ($line = [Console]::In.ReadLine())) {
            $what, $first, $second = ConvertFrom-Json $line
            $answer = @{}
            try {
                $answer.Value = switch ($what) {
                    'create' { (New-KmsKey).KeyId }
                    'describe' { (Get-KmsKey $first).Description }
                    'update' { Update-KmsKeyDescription $first -Description $second }
                    'encrypt' { (Invoke-KmsEncrypt $first -Plaintext 'x').KeyId }
                    'enable' { Enable-KmsKey $first }
                    'disable' { Disable-KmsKey $first }
                    'alias' { New-KmsAlias -AliasName $first -TargetKeyId $second }
                    'move' { Update-KmsAlias -AliasName $first -TargetKeyId $second }
                    'delete' { Register-KmsKeyDeletion $first -PendingWindowInDay 7 | Out-Null }
                }
            }
            catch {
                $answer.Error = $_.FullyQualifiedErrorId.Split(',')[0]
                $answer.Message = $_.Exception.Message
            }
            [Console]::Out.WriteLine((ConvertTo-Json $answer -Compress))
        }
        """;

    private const int MaxStarts = 3;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Process _process;

    private PowerShellNode(string name, Process process)
    {
        Name = name;
        _process = process;
    }

    public override string Name { get; }

    public override int Concurrency => 1;

    /// <summary>The module that build.sh makes; null where it or PowerShell is missing.</summary>
    public static string? FindModule()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string module = Path.Combine(folder.FullName, "artifacts", "KmsTools");
            if (File.Exists(Path.Combine(module, "KmsTools.psd1")))
            {
                return Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
                    .Any(static path => File.Exists(Path.Combine(path, "pwsh"))) ? module : null;
            }
        }

        return null;
    }

    public static async Task<PowerShellNode> StartAsync(string name, string module, string connectionString, string rootKeyFile)
    {
        ProcessStartInfo start = new("pwsh", ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", Session])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["KMSTOOLS_TEST_MODULE"] = module;
        start.Environment["KMSTOOLS_TEST_CONNECTION"] = connectionString;
        start.Environment["KMSTOOLS_TEST_ROOT_KEY"] = rootKeyFile;
        for (int starts = 1; ; starts++)
        {
            PowerShellNode node = new(name, Process.Start(start)!);
            string? line = await node._process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            if (line is not null || starts == MaxStarts)
            {
                Assert.Equal("ready", line);
                return node;
            }

            // The database was too busy to answer.
            await node.DisposeAsync();
        }
    }

    public override Task<SharedAnswer> CreateKeyAsync() => AskAsync("create");

    public override Task<SharedAnswer> DescribeAsync(string keyId) => AskAsync("describe", keyId);

    public override Task<SharedAnswer> UpdateDescriptionAsync(string keyId, string description) => AskAsync("update", keyId, description);

    public override async Task<SharedAnswer> EncryptAsync(string keyId)
    {
        SharedAnswer answer = await AskAsync("encrypt", keyId);
        return answer.Value is null ? answer : answer with { Value = IdOf(answer.Value) };
    }

    public override Task<SharedAnswer> SetEnabledAsync(string keyId, bool isEnabled) => AskAsync(isEnabled ? "enable" : "disable", keyId);

    public override Task<SharedAnswer> CreateAliasAsync(string alias, string keyId) => AskAsync("alias", alias, keyId);

    public override Task<SharedAnswer> UpdateAliasAsync(string alias, string keyId) => AskAsync("move", alias, keyId);

    public override Task<SharedAnswer> ScheduleDeletionAsync(string keyId) => AskAsync("delete", keyId);

    public override async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(20)))
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _turn.Dispose();
    }

    private async Task<SharedAnswer> AskAsync(params string[] words)
    {
        await _turn.WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(words));
            await _process.StandardInput.FlushAsync();
            string line = await _process.StandardOutput.ReadLineAsync() ?? throw new IOException("The session has ended.");
            return JsonSerializer.Deserialize<SharedAnswer>(line)!;
        }
        catch (IOException exception)
        {
            return new SharedAnswer(null, SharedAnswer.Unreachable, exception.Message);
        }
        finally
        {
            _turn.Release();
        }
    }
}
