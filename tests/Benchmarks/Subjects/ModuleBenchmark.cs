using KmsTools.Benchmarks.Measuring;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>Import and first call of the module in fresh processes, against an empty binary module.</summary>
internal sealed class ModuleBenchmark : IBenchmark
{
    private const int FreshProcesses = 9;
    private const double MaxOverEmpty = 120;
    private const double MaxOfFirstCall = 150;

    // The first opens the store and reads; the second also encrypts.
    private static readonly string[] s_firstCalls = ["Get-KmsKeyList", "Invoke-KmsEncrypt alias/benchmark -Plaintext ([byte[]]::new(32))"];

    public string Name => "module";

    public string Title => "Module: import and first call in fresh processes";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        if (PowerShellRuns.Obstacle(options) is { } obstacle)
        {
            yield return Row.LeftOut(Name, obstacle);
            yield break;
        }

        using PowerShellRuns runs = new(options);
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
