using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SQLitePCL;

namespace KmsTools.Benchmarks.Measuring;

/// <summary>What a run was measured on: figures of two machines say nothing about each other.</summary>
internal sealed partial class Machine
{
    private Machine(string fileName, KeyValuePair<string, string>[] facts)
    {
        FileName = fileName;
        Facts = facts;
    }

    /// <summary>The name of the results of all machines of this kind.</summary>
    public string FileName { get; }

    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; }

    public static Machine Read(string repository, string options)
    {
        Batteries_V2.Init();
        string cpu = Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();
        string commit = Program("git", "-C", repository, "rev-parse", "--short=12", "HEAD") ?? "unknown";
        bool isModified = Program(
            "git",
            "-C",
            repository,
            "status",
            "--porcelain",
            "--untracked-files=no",
            "--",
            ".",
            ":!tests/Benchmarks/results") is { Length: > 0 };
        return new Machine(
            Slug().Replace($"{cpu} {Environment.ProcessorCount} cores {RuntimeInformation.RuntimeIdentifier}".ToLowerInvariant(), "-")
                .Trim('-'),
            [
                new("CPU", $"{cpu}, {Environment.ProcessorCount} cores"),
                new("Memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024 * 1024.0):0} GB"),
                new("Load when it began", Load()),
                new("Operating system", $"{Field("/etc/os-release", "PRETTY_NAME")?.Trim('"') ?? RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}"),
                new(".NET", RuntimeInformation.FrameworkDescription),
                new("PowerShell", Program("pwsh", "--version") ?? "none"),
                new("SQLite", raw.sqlite3_libversion().utf8_to_string()),
                new("SoftHSM", Program("softhsm2-util", "--version") ?? "none"),
                new("Commit", commit + (isModified ? ", modified" : "")),
                new("Options", options.Length == 0 ? "none" : options),
            ]);
    }

    private static string Load() => File.Exists("/proc/loadavg")
        ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(2)) + " (1 and 5 minutes)"
        : "unknown";

    private static string? Field(string file, string name) => !File.Exists(file)
        ? null
        : File.ReadLines(file).Select(static line => line.Split([':', '='], 2, StringSplitOptions.TrimEntries))
            .FirstOrDefault(field => field.Length == 2 && field[0] == name)?[1];

    private static string? Program(string program, params string[] arguments) =>
        Children.TryRun(program, arguments, out string output) ? output.Trim() : null;

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Slug();
}
