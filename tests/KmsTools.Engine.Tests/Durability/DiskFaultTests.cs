using System.Globalization;

namespace KmsTools.Durability;

/// <summary>
/// Lets calls on the files of a store go wrong, one after the other, and looks whether anything that was answered is lost, anything is half
/// there, and every refusal says why. KMSTOOLS_FAULT_SEED repeats a run.
/// </summary>
public sealed class DiskFaultTests(ITestOutputHelper output) : IDisposable
{
    private static readonly DiskFault[] s_errors =
    [
        DiskFault.IOError, DiskFault.DiskFull, DiskFault.Interrupted, DiskFault.ShortWrite, DiskFault.TornWrite, DiskFault.SyncFails,
        DiskFault.Delayed,
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-disk-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Error_AtAnyCall_LosesNothingThatWasAnswered()
    {
        long total = await CountAsync();
        Random random = new(Campaign.Seed);
        DiskCase[] all =
        [
            .. from position in Enumerable.Range(1, (int)total)
               from fault in s_errors
               select new DiskCase(position, fault, 0),
        ];
        random.Shuffle(all);
        DiskCase[] cases = [.. all.Take(Campaign.Length(usual: 21, full: all.Length))];
        IReadOnlyList<string> lines = await DiskFaultProcess.RunAsync(_folder, cases);
        List<string> ledger = [];
        int checkedCases = 0;
        foreach (string line in lines)
        {
            if (!line.StartsWith("end ", StringComparison.Ordinal))
            {
                ledger.Add(line);
                continue;
            }

            Check(DiskCase.Parse(line.Split(' ')[1]), ledger);
            ledger.Clear();
            checkedCases++;
        }

        Report(lines, $"{checkedCases} of {all.Length} cases");
        Assert.Equal(cases.Length, checkedCases);
    }

    // Without syncs of events, only what changed the store has its event on the disk before it is answered.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PowerLoss_AtAnyCall_LosesNothingThatWasAnswered(bool syncsEvents)
    {
        long total = await CountAsync(syncsEvents);
        Random random = new(Campaign.Seed);
        int count = Campaign.Length(usual: 4, full: (int)total);
        List<string> all = [];

        // One in each part of the work: a few of the first calls alone, in which the store is made, would show nothing.
        DiskCase[] cases =
        [
            .. from part in Enumerable.Range(0, count)
               let position = 1 + random.Next((int)(total * part / count), (int)(total * (part + 1) / count))
               select new DiskCase(position, DiskFault.PowerLoss, random.Next(), syncsEvents),
        ];
        await Parallel.ForEachAsync(
            cases,
            new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = TestContext.Current.CancellationToken },
            async (one, _) =>
            {
                IReadOnlyList<string> lines = await DiskFaultProcess.RunAsync(_folder, [one]);
                Check(one, lines);
                lock (all)
                {
                    all.AddRange(lines);
                }
            });
        Report(all, $"{cases.Length} of {total} losses of power, events {(syncsEvents ? "synced" : "not synced")}");
    }

    // Both the number of the calls, and the proof that the work is done in full where nothing goes wrong.
    private async Task<long> CountAsync(bool syncsEvents = false)
    {
        DiskCase none = new(0, DiskFault.Nothing, 0, syncsEvents);
        IReadOnlyList<string> lines = await DiskFaultProcess.RunAsync(_folder, [none]);
        Check(none, lines);
        Assert.DoesNotContain(lines, static line => line.StartsWith("refused", StringComparison.Ordinal));
        Assert.Equal(34, lines.Count(static line => line.StartsWith("done", StringComparison.Ordinal)));
        Assert.Equal(syncsEvents ? 2 : 0, lines.Count(static line => line == "synced"));
        return long.Parse(lines[^1].Split(' ')[2], CultureInfo.InvariantCulture);
    }

    private void Check(DiskCase one, IEnumerable<string> ledger)
    {
        string folder = DiskFaultProcess.FolderOf(_folder, one);
        IReadOnlyList<string> violations = DiskLedger.Check(folder, ledger, one.Fault == DiskFault.PowerLoss);
        Assert.True(
            violations.Count == 0,
            $"{Campaign.Repeat(Campaign.Seed)}, case {one}:\n{string.Join('\n', violations)}\n{string.Join('\n', ledger)}");
        Directory.Delete(folder, recursive: true);
    }

    private void Report(IReadOnlyList<string> lines, string what)
    {
        int done = lines.Count(static line => line.StartsWith("done", StringComparison.Ordinal));
        string[] refusals = [.. lines.Where(static line => line.StartsWith("refused", StringComparison.Ordinal))
            .Select(static line => line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..])];
        output.WriteLine($"{what}, {Campaign.Repeat(Campaign.Seed)}: {done} changes answered, {refusals.Length} calls refused");
        foreach (IGrouping<string, string> same in refusals.GroupBy(static line => line).OrderByDescending(static same => same.Count()))
        {
            output.WriteLine($"{same.Count()} x {same.Key}");
        }

        Assert.True(done > 0);
    }
}
