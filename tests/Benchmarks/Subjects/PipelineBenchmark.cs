using KmsTools.Benchmarks.Measuring;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>What one record of a pipeline costs.</summary>
internal sealed class PipelineBenchmark : IBenchmark
{
    private const int RoundCount = 11;
    private const int Records = 2000;

    public string Name => "pipeline";

    public string Title => "Pipeline: one record";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        if (PowerShellRuns.Obstacle(options) is { } obstacle)
        {
            return [Row.LeftOut(Name, obstacle)];
        }

        using PowerShellRuns runs = new(options);
        double[][] rounds = runs.Run("Measure-Pipeline", runs.EmptyManifest, runs.Manifest, runs.KeyId, $"{RoundCount}", $"{Records}");
        Series empty = new([.. rounds.Select(static round => round[0])]);
        Series ours = new([.. rounds.Select(static round => round[1])]);
        return
        [
            Row.Compare("Invoke-KmsEncrypt, 32 B, one record : empty cmdlet", empty, ours, Format.Microseconds)
                .Noting($"{Format.Series(ours.Over(empty), Format.Microseconds)} over it, the call of the engine and its event included"),
        ];
    }
}
