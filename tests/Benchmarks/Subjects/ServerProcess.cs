using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using KmsTools.Benchmarks.Measuring;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>A server in a process of its own, and what Linux tells of it.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private readonly Process _process;

    public ServerProcess(Process process)
    {
        _process = process;
        Url = ReadyLine().Match(Children.ReadLine(process)).Groups["url"].Value;
    }

    public string Url { get; }

    /// <summary>Time on a processor since it began.</summary>
    public TimeSpan CpuTime => ProcessTime.Read(_process.Id);

    /// <summary>The most memory that it held, in megabytes of 10^6 bytes.</summary>
    public double PeakMemory
    {
        get
        {
            string line = File.ReadLines($"/proc/{_process.Id}/status")
                .First(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return long.Parse(Digits().Match(line).Value, CultureInfo.InvariantCulture) * 1024 / 1e6;
        }
    }

    public void Dispose()
    {
        Children.Finish(_process);
        _process.Dispose();
    }

    [GeneratedRegex("^Ready: (?<url>http://[0-9.:]+) ", RegexOptions.ExplicitCapture)]
    private static partial Regex ReadyLine();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
