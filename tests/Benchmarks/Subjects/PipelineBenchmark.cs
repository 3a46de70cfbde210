using KmsTools.Benchmarks.Measuring;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>
/// What one record of a pipeline costs, beside an empty cmdlet and beside the call of the engine that it makes, in the same process.
/// </summary>
internal sealed class PipelineBenchmark : IBenchmark
{
    private const int RoundCount = 11;
    private const int Records = 2000;
    private const double MaxOverEngine = 12;

    private static readonly string[] s_inputs = ["a key ID", "an entry of Get-KmsKeyList", "the metadata of Get-KmsKey"];

    public string Name => "pipeline";

    public string Title => "Pipeline: one record";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        if (PowerShellRuns.Obstacle(options) is { } obstacle)
        {
            yield return Row.LeftOut(Name, obstacle);
            yield break;
        }

        using PowerShellRuns runs = new(options);
        double[][] rounds = runs.Run("Measure-Pipeline", runs.EmptyManifest, runs.Manifest, runs.KeyId, $"{RoundCount}", $"{Records}");
        Series empty = Subject(0);
        Series engine = Subject(1);
        Series keyIds = Subject(2);
        yield return Row.Compare("Invoke-KmsEncrypt, 32 B, one record : empty cmdlet", empty, keyIds, Format.Microseconds)
            .Noting($"{Format.Series(keyIds.Over(empty), Format.Microseconds)} over it, the call of the engine and its event included");
        for (int input = 0; input < s_inputs.Length; input++)
        {
            Series ours = Subject(2 + input);
            Series over = ours.Over(engine);
            yield return Row.Compare($"Invoke-KmsEncrypt, 32 B, {s_inputs[input]} : the engine's call", engine, ours, Format.Microseconds)
                .Within(Limit.AtMost(MaxOverEngine, over.Median, "us over it"))
                .Noting($"{Format.Series(over, Format.Microseconds)} over it");
        }

        Series Subject(int index) => new([.. rounds.Select(round => round[index])]);
    }
}
