using System.Diagnostics;
using System.Globalization;
using KmsTools.Benchmarks.Measuring;
using KmsTools.Benchmarks.Stores;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>Fresh PowerShell processes with the module, an empty one beside it, and a store with one key or many.</summary>
internal sealed class PowerShellRuns : IDisposable
{
    private const string Program = "pwsh";

    private readonly TemporaryStore _store = new();

    public PowerShellRuns(BenchmarkOptions options, int otherKeys = 0)
    {
        Manifest = Path.Combine(options.Module, "KmsTools.psd1");
        string empty = _store.FileNextToIt("Empty");
        EmptyManifest = Path.Combine(empty, "Empty.psd1");
        _ = Run("New-EmptyModule", empty);
        using KmsEngine engine = _store.OpenEngine();
        KeyId = TemporaryStore.CreateKey(engine, "alias/benchmark");
        for (int i = 0; i < otherKeys; i++)
        {
            TemporaryStore.CreateKey(engine, $"alias/other-{i:0000}");
        }
    }

    public string Manifest { get; }

    public string EmptyManifest { get; }

    public string KeyId { get; }

    /// <summary>How many milliseconds a process takes that imports a module and ends.</summary>
    public double MeasureImport(string manifest)
    {
        Stopwatch watch = Stopwatch.StartNew();
        _ = Run("Measure-Import", manifest);
        return watch.Elapsed.TotalMilliseconds;
    }

    /// <summary>Why there can be no runs, or null.</summary>
    public static string? Obstacle(BenchmarkOptions options) =>
        !Children.TryRun(Program, ["--version"], out _) ? "PowerShell (pwsh) is not on the PATH"
        : !Directory.Exists(options.Module) ? "the module is not built: ./build.sh build"
        : null;

    /// <summary>Runs a script of this project in a process of its own, on the store.</summary>
    /// <returns>The numbers that it prints, one array per line.</returns>
    public double[][] Run(string script, params string[] arguments)
    {
        ProcessStartInfo start = new(
            Program,
            ["-NoLogo", "-NoProfile", "-NonInteractive", "-File", Path.Combine(
                AppContext.BaseDirectory,
                "Scripts",
                script + ".ps1"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KMSTOOLS_STORE"] = _store.Folder;
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        start.Environment["NO_COLOR"] = "1";
        using Process process = Process.Start(start)!;
        string[] lines = Children.Finish(process).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(
            static line => line.Split(' ').Select(static number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray())];
    }

    public void Dispose() => _store.Dispose();
}
