namespace KmsTools.Benchmarks.Measuring;

/// <summary>What one subject showed in each round.</summary>
/// <param name="values">One value per round.</param>
/// <param name="moreIsBetter">Whether the best value is the highest.</param>
internal sealed class Series(double[] values, bool moreIsBetter = false)
{
    public double Median
    {
        get
        {
            double[] sorted = [.. values.Order()];
            int middle = sorted.Length / 2;
            return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }

    public bool MoreIsBetter => moreIsBetter;

    public double Best => moreIsBetter ? values.Max() : values.Min();

    /// <summary>Calls per second of a series of microseconds per call.</summary>
    public Series PerSecond() => new([.. values.Select(static cost => 1_000_000 / cost)], moreIsBetter: true);

    /// <summary>This one in proportion to another, round by round: what slows the machine down for a while slows both.</summary>
    public Series Against(Series baseline) => Combine(baseline, static (ours, theirs) => ours / theirs);

    /// <summary>What this one takes more than another, round by round.</summary>
    public Series Over(Series baseline) => Combine(baseline, static (ours, theirs) => ours - theirs);

    public Series Select(Func<double, double> convert) => new([.. values.Select(convert)], moreIsBetter);

    private Series Combine(Series baseline, Func<double, double, double> combine) =>
        new([.. values.Zip(baseline.Values, combine)], moreIsBetter);

    private double[] Values => values;
}
