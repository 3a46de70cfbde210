using KmsTools.Benchmarks.Measuring;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>
/// Import and first call of the module in fresh processes, against an empty binary module, and what is slow with many keys: their list,
/// and the completion of their names.
/// </summary>
internal sealed class ModuleBenchmark : IBenchmark
{
    private const int FreshProcesses = 9;
    private const double MaxOfProcess = 1.08;
    private const double MaxOverEmpty = 120;
    private const double MaxOfFirstCall = 150;
    private const int OtherKeys = 1200;
    private const int ManyKeysRounds = 7;
    private const double MaxOfList = 1000;
    private const double MaxOfCompletion = 100;

    // The first opens the store and reads; the second also encrypts.
    private static readonly string[] s_firstCalls = ["Get-KmsKeyList", "Invoke-KmsEncrypt alias/benchmark -Plaintext ([byte[]]::new(32))"];

    public string Name => "module";

    public string Title => "Module: import, first call and many keys";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        if (PowerShellRuns.Obstacle(options) is { } obstacle)
        {
            yield return Row.LeftOut(Name, obstacle);
            yield break;
        }

        using (PowerShellRuns runs = new(options))
        {
            foreach (Row row in Start(runs))
            {
                yield return row;
            }
        }

        using PowerShellRuns manyKeys = new(options, OtherKeys);
        double[][] rounds = manyKeys.Run("Measure-ManyKeys", manyKeys.Manifest, $"{ManyKeysRounds}");
        yield return ManyKeys($"Get-KmsKey, {OtherKeys + 1:#,0} keys", 0, MaxOfList);
        yield return ManyKeys($"Get-KmsKey, {OtherKeys + 1:#,0} keys, as a table", 1, MaxOfList);
        yield return ManyKeys($"Completion of alias/ with {OtherKeys + 1:#,0} keys", 2, MaxOfCompletion);

        Row ManyKeys(string name, int subject, double max)
        {
            Series series = new([.. rounds.Select(round => round[subject])]);
            double first = rounds[0][subject];
            return Row.Single(name, series, Format.Milliseconds)
                .Within(Limit.AtMost(max, series.Median, Format.Milliseconds))
                .Noting($"{Format.Value(first, Format.Milliseconds)} the first time");
        }
    }

    private static IEnumerable<Row> Start(PowerShellRuns runs)
    {
        double[] emptyProcess = new double[FreshProcesses];
        double[] ourProcess = new double[FreshProcesses];
        for (int i = 0; i < FreshProcesses; i++)
        {
            emptyProcess[i] = runs.MeasureImport(runs.EmptyManifest);
            ourProcess[i] = runs.MeasureImport(runs.Manifest);
        }

        Series processes = new(ourProcess);
        Series emptyProcesses = new(emptyProcess);
        yield return Row.Compare("Process with Import-Module : empty module", emptyProcesses, processes, Format.Milliseconds)
            .Within(Limit.AtMost(MaxOfProcess, processes.Against(emptyProcesses).Median, Format.Times));

        List<(double Empty, double Ours)> imports = new();
        foreach (string firstCall in s_firstCalls)
        {
            double[][] empty = new double[FreshProcesses][];
            double[][] ours = new double[FreshProcesses][];
            for (int i = 0; i < FreshProcesses; i++)
            {
                empty[i] = runs.Run("Measure-Start", runs.EmptyManifest, "Test-Empty")[0];
                ours[i] = runs.Run("Measure-Start", runs.Manifest, firstCall)[0];
                imports.Add((empty[i][0], ours[i][0]));
            }

            Series calls = Calls(ours);
            yield return Row.Compare($"First call: {firstCall.Split(' ')[0]} : empty cmdlet", Calls(empty), calls, Format.Milliseconds)
                .Within(Limit.AtMost(MaxOfFirstCall, calls.Median, Format.Milliseconds))
                .Noting("opens the store");
        }

        Series emptyImport = new([.. imports.Select(static import => import.Empty)]);
        Series ourImport = new([.. imports.Select(static import => import.Ours)]);
        Series over = ourImport.Over(emptyImport);
        yield return Row.Compare("Import : empty module", emptyImport, ourImport, Format.Milliseconds)
            .Within(Limit.AtMost(MaxOverEmpty, over.Median, "ms over it"))
            .Noting($"{Format.Series(over, Format.Milliseconds)} over it");
    }

    private static Series Calls(double[][] runs) => new([.. runs.Select(static run => run[1])]);
}
