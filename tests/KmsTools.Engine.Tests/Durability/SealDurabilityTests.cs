using System.Diagnostics;
using System.Globalization;
using KmsTools.Operations;

namespace KmsTools.Durability;

/// <summary>
/// Wherever a process is killed, a disk fails or a machine loses its power while a store is sealed, unsealed or rotated: it opens as before or
/// as after it, and nothing of a root key that a seal was to hide is left in clear.
/// </summary>
public sealed class SealDurabilityTests : IDisposable
{
    private static readonly DiskFault[] s_errors =
        [DiskFault.IOError, DiskFault.DiskFull, DiskFault.Interrupted, DiskFault.ShortWrite, DiskFault.TornWrite, DiskFault.SyncFails];

    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-seal-").FullName;
    private readonly byte[] _blob;
    private readonly byte[] _rootKey;

    public SealDurabilityTests()
    {
        using (KmsEngine engine = SealingProcess.Open(TemplateOf(_folder), out _))
        {
            string keyId = engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
            _blob = engine.Execute(new EncryptRequest { KeyId = keyId, Plaintext = [1, 2, 3] }).CiphertextBlob.ToArray();
        }

        _rootKey = File.ReadAllBytes(Path.Combine(TemplateOf(_folder), "root.key"));
    }

    internal static string TemplateOf(string folder) => Path.Combine(folder, "template");

    internal static void Copy(string folder, string copy)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(copy);
        }
        else
        {
            Directory.CreateDirectory(copy, File.GetUnixFileMode(folder));
        }

        foreach (string file in Directory.GetFiles(folder))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        foreach (string inner in Directory.GetDirectories(folder))
        {
            Copy(inner, Path.Combine(copy, Path.GetFileName(inner)));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Kill_AtAnyMoment_OpensAsBeforeOrAfter()
    {
        Random random = new(Campaign.Seed);
        HashSet<string> seen = [];
        for (int round = 0; round < Campaign.Length(usual: 3, full: 200); round++)
        {
            using Process process = SealingProcess.Start(TemplateOf(_folder));
            Assert.Equal(
                SealingProcess.Ready, await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            await Task.Delay(random.Next(200), TestContext.Current.CancellationToken);
            process.Kill();
            string[] lines = (await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n');
            Assert.DoesNotContain(lines, static line => line.StartsWith("failed", StringComparison.Ordinal));
            Assert.DoesNotContain(lines, static line => line.StartsWith("refused", StringComparison.Ordinal));
            seen.Add(Check(TemplateOf(_folder), lines, first: null));
        }

        Assert.NotEmpty(seen);
    }

    [Fact]
    public async Task Error_AtAnyCall_OpensAsBeforeOrAfter()
    {
        int total = await CountAsync();
        DiskCase[] all =
        [
            .. from position in Enumerable.Range(1, total)
               from fault in s_errors
               select new DiskCase(position, fault, 0),
        ];
        new Random(Campaign.Seed).Shuffle(all);
        DiskCase[] cases = [.. all.Take(Campaign.Length(usual: 14, full: all.Length))];
        string[] lines = await SealingProcess.RunAsync(_folder, cases);
        CheckAll(lines, cases.Length);
    }

    [Fact]
    public async Task PowerLoss_AtAnyCall_OpensAsBeforeOrAfter()
    {
        int total = await CountAsync();
        Random random = new(Campaign.Seed);
        for (int i = 0; i < Campaign.Length(usual: 2, full: 2 * total); i++)
        {
            DiskCase one = new(random.Next(1, total + 1), DiskFault.PowerLoss, random.Next());
            Check(DiskFaultProcess.FolderOf(_folder, one), await SealingProcess.RunAsync(_folder, [one]), SealingProcess.Nothing);
        }
    }

    private async Task<int> CountAsync()
    {
        DiskCase none = new(0, DiskFault.Nothing, 0);
        string[] lines = await SealingProcess.RunAsync(_folder, [none]);
        Assert.Equal(
            ["done one", "done rotate", "done two", "done rotate", "done nothing"],
            lines.Where(static line => line.StartsWith("done", StringComparison.Ordinal)));
        Directory.Delete(DiskFaultProcess.FolderOf(_folder, none), recursive: true);
        return int.Parse(lines[^1].Split(' ')[2], CultureInfo.InvariantCulture);
    }

    private void CheckAll(string[] lines, int count)
    {
        List<string> ofCase = [];
        int ended = 0;
        foreach (string line in lines)
        {
            if (line.StartsWith("end ", StringComparison.Ordinal))
            {
                Check(DiskFaultProcess.FolderOf(_folder, DiskCase.Parse(line.Split(' ')[1])), ofCase, SealingProcess.Nothing);
                ofCase.Clear();
                ended++;
            }
            else
            {
                ofCase.Add(line);
            }
        }

        Assert.Equal(count, ended);
    }

    private string Check(string folder, IEnumerable<string> lines, string? first)
    {
        HashSet<string> possible = first is null ? [] : [first];
        bool isRotated = false;
        bool isAnyDone = false;
        foreach (string line in lines)
        {
            string what = line.Split(' ', ':').ElementAtOrDefault(1) ?? "";
            if (what == "rotate")
            {
                isRotated = true;
            }
            else if (line.StartsWith("done", StringComparison.Ordinal))
            {
                possible = [what];
                isAnyDone = true;
            }
            else if (line.StartsWith("try", StringComparison.Ordinal))
            {
                possible.Add(what);
            }
        }

        string log = $"{Campaign.Repeat(Campaign.Seed)}, {folder}:\n{string.Join('\n', lines)}";
        string opensWith;
        using (KmsEngine engine = SealingProcess.Open(folder, out opensWith))
        {
            Assert.Equal([1, 2, 3], engine.Execute(new DecryptRequest { CiphertextBlob = _blob }).Plaintext!.ToArray());
        }

        Assert.True(possible.Contains(opensWith) || (first is null && !isAnyDone), $"opens with {opensWith}: {log}");
        Assert.False(File.Exists(Path.Combine(folder, "root.key-new")), log);
        if (opensWith != SealingProcess.Nothing || isRotated)
        {
            AssertNothingInClear(folder, opensWith, log);
        }

        return opensWith;
    }

    private void AssertNothingInClear(string folder, string opensWith, string log)
    {
        byte[] content = File.ReadAllBytes(Path.Combine(folder, "root.key"));
        Assert.True((opensWith == SealingProcess.Nothing) != content.AsSpan().StartsWith("KMSTLOCK"u8), log);
        if (opensWith != SealingProcess.Nothing)
        {
            foreach (string file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
            {
                Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(_rootKey) < 0, log);
            }
        }
    }
}
