using KmsTools.Benchmarks;
using KmsTools.Benchmarks.Measuring;
using KmsTools.Benchmarks.Subjects;

if (args is [BareServer.Command, var bytes])
{
    await BareServer.RunAsync(int.Parse(bytes)).ConfigureAwait(false);
    return 0;
}

if (args is [XksServer.Command, var xksLibrary, var xksToken, var xksKey])
{
    await XksServer.RunAsync(xksLibrary, xksToken, xksKey).ConfigureAwait(false);
    return 0;
}

if (args is [StoreWorker.Command, .. var orders])
{
    StoreWorker.Run(orders);
    return 0;
}

IBenchmark[] benchmarks =
[
    new EngineBenchmark(), new HsmBenchmark(), new ModuleBenchmark(), new PipelineBenchmark(), new ScaleBenchmark(),
    new ProcessesBenchmark(), new EndpointBenchmark(), new FilesBenchmark(), new ChangesBenchmark(), new KeysBenchmark(),
    new XksBenchmark(), new ConsoleBenchmark(), new PostgreSqlBenchmark(),
];
BenchmarkOptions options;
try
{
    options = BenchmarkOptions.Parse(args, [.. benchmarks.Select(static benchmark => benchmark.Name)]);
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine($"{exception.Message}\nUsage: ./build.sh benchmark [--full] [--against COMMIT [--rounds N]] "
        + $"[{string.Join('|', benchmarks.Select(static benchmark => benchmark.Name))} ...]");
    return 2;
}

if (options.Against is { } other)
{
    return Comparison.Run(Environment.ProcessPath!, other, options.Names, options.RoundCount) ? 0 : 1;
}

Report report = new(Machine.Read(options.Repository, string.Join(' ', args)));
foreach (IBenchmark benchmark in benchmarks.Where(benchmark => options.Names.Count == 0 || options.Names.Contains(benchmark.Name)))
{
    report.Begin(benchmark.Title);
    try
    {
        foreach (Row row in benchmark.Run(options))
        {
            report.Add(row);
        }
    }
    catch (Exception exception)
    {
        // The others are worth their rows.
        report.Add(new Row(benchmark.Name, Verdict: "FAILED", Note: exception.Message.ReplaceLineEndings(" ")));
        Console.Error.WriteLine(exception);
    }
}

Console.WriteLine($"\n{report.Missed} missed, {report.Failed} failed");
if (options.Figures is { } figures)
{
    Figure.Write(figures, report.Figures);
}
else if (options.Names.Count == 0)
{
    // A part of them would be taken for all of them.
    Console.WriteLine($"Kept in {report.Save(options.Results)}");
}

return report.Failed == 0 ? 0 : 1;
