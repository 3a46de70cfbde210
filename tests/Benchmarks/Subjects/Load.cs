using System.Globalization;
using KmsTools.Benchmarks.Measuring;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>What wrk saw.</summary>
internal sealed record Load(long Requests, double Seconds, long Refused, long Failed, double P50, double P99, double P999)
{
    public double PerSecond => Requests / Seconds;

    /// <summary>Lets wrk send signed calls from a file, one after the other on each connection.</summary>
    /// <param name="server">The server.</param>
    /// <param name="calls">The file; see <c>calls.lua</c>.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="connections">On how many connections.</param>
    /// <param name="samples">Where one answer in a hundred goes; null looks at none.</param>
    public static Load OfWrk(ServerProcess server, string calls, int seconds, int connections, string? samples = null)
    {
        string[] arguments =
        [
            "--threads", "1", "--connections", $"{connections}", "--duration", $"{seconds}s", "--latency",
            "--script", Path.Combine(AppContext.BaseDirectory, "Scripts", "calls.lua"), server.Url + "/", "--", calls, .. samples is null
                ? []
                : new[] { samples },
        ];
        string output = Children.Run("wrk", arguments);
        string line = output.Split('\n').FirstOrDefault(static line => line.StartsWith("RESULT ", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"wrk said nothing of its result: {output}");
        double[] numbers = [.. line.Split(' ').Skip(1).Select(static number => double.Parse(number, CultureInfo.InvariantCulture))];
        return new Load((long)numbers[0], numbers[1] / 1_000_000, (long)numbers[2], (long)numbers[3], numbers[4], numbers[5], numbers[6]);
    }

    /// <summary>A figure of several loads.</summary>
    public static Series Of(List<Load> loads, Func<Load, double> figure, bool moreIsBetter = false) =>
        new([.. loads.Select(figure)], moreIsBetter);
}
