using System.Diagnostics;

namespace KmsTools.Benchmarks.Measuring;

/// <summary>
/// This commit beside another one: the programs of both in turn, round by round, and the other one twice, since the difference between two
/// runs of one program is what chance alone does on this machine.
/// </summary>
internal static class Comparison
{
    private static readonly string[] Columns = ["", "the other", "this", "this : other", "chance", ""];
    private static readonly int[] Widths = [-110, 14, 14, 14, 14, -8];

    /// <summary>Runs and prints the table.</summary>
    /// <param name="ours">The benchmark program of this commit.</param>
    /// <param name="theirs">That of the other commit.</param>
    /// <param name="names">The benchmarks to run; all when empty.</param>
    /// <param name="roundCount">How many times each of them is run; the other one twice as often.</param>
    /// <returns>False when something became slower by more than chance.</returns>
    public static bool Run(string ours, string theirs, IReadOnlyList<string> names, int roundCount)
    {
        string[] programs = [ours, theirs, theirs];
        List<Dictionary<string, Figure>[]> rounds = new();
        for (int round = 0; round < roundCount; round++)
        {
            Dictionary<string, Figure>[] figures = new Dictionary<string, Figure>[programs.Length];
            for (int turn = 0; turn < programs.Length; turn++)
            {
                int subject = (round + turn) % programs.Length;
                figures[subject] = Measure(programs[subject], names);
                Console.Error.WriteLine($"round {round + 1} of {roundCount}, run {turn + 1} of {programs.Length}");
            }

            rounds.Add(figures);
        }

        Console.WriteLine(Line(Columns));
        bool isSlower = false;
        foreach (string name in rounds[0][0].Keys
            .Where(name => rounds.TrueForAll(round => Array.TrueForAll(round, figures => figures.ContainsKey(name)))))
        {
            Figure[][] measured = [.. rounds.Select(round => round.Select(figures => figures[name]).ToArray())];
            double cost = new Series([.. measured.Select(static round => round[0].CostAgainst(round[1]))]).Median;
            double chance = measured.Max(static round => Math.Max(round[2].CostAgainst(round[1]), round[1].CostAgainst(round[2])));
            string verdict = cost > chance ? "SLOWER" : cost < 1 / chance ? "faster" : "same";
            isSlower |= cost > chance;
            string Median(int subject) =>
                Format.Value(new Series([.. measured.Select(round => round[subject].Value)]).Median, measured[0][subject].Unit);
            Console.WriteLine(
                Line([name, Median(1), Median(0), Format.Value(cost, Format.Times), $"<= {Format.Value(chance, Format.Times)}", verdict]));
        }

        return !isSlower;
    }

    private static Dictionary<string, Figure> Measure(string program, IReadOnlyList<string> names)
    {
        string file = Path.GetTempFileName();
        try
        {
            // Its table is of no interest here, its complaints are.
            ProcessStartInfo start = new(program, [.. names, "--figures", file]) { RedirectStandardOutput = true };
            using Process child = Process.Start(start)!;
            child.StandardOutput.ReadToEnd();
            child.WaitForExit();
            return new FileInfo(file).Length > 0
                ? Figure.Read(file)
                : throw new InvalidOperationException($"'{program}' gave no figures: commits before this option have none to give.");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Line(string[] cells) => string.Join(
        "  ", cells.Select(
            static (cell, index) => Widths[index] < 0 ? cell.PadRight(-Widths[index]) : cell.PadLeft(Widths[index]))).TrimEnd();
}
