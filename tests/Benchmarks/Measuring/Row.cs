namespace KmsTools.Benchmarks.Measuring;

/// <summary>One line of the table.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Baseline">What it is compared with: the median, and the best in brackets.</param>
/// <param name="Ours">What KmsTools shows.</param>
/// <param name="Ratio">Ours in proportion to the baseline: the median of the rounds, and that of the best ones in brackets.</param>
/// <param name="Target">What it should be; empty when the row only informs.</param>
/// <param name="Verdict">met, MISS, FAILED, not supported, left out; or empty without a target.</param>
/// <param name="Note">What else is to be known.</param>
/// <param name="Figure">The median of what KmsTools shows, to be compared with that of another commit.</param>
internal sealed record Row(
    string Name, string Baseline = "", string Ours = "", string Ratio = "", string Target = "", string Verdict = "", string Note = "", Figure? Figure = null)
{
    /// <summary>Two subjects that were measured in the same rounds.</summary>
    public static Row Compare(string name, Series baseline, Series ours, string unit) => new(
        name,
        Format.Series(baseline, unit),
        Format.Series(ours, unit),
        Format.Ratio(ours.Against(baseline).Median, ours.Best / baseline.Best),
        Figure: Figure.Of(ours, unit));

    /// <summary>A figure that stands for itself.</summary>
    public static Row Single(string name, Series ours, string unit) =>
        new(name, Ours: Format.Series(ours, unit), Figure: Figure.Of(ours, unit));

    public static Row LeftOut(string name, string why) => new(name, Verdict: "left out", Note: why);

    public Row Within(Limit limit) => this with { Target = limit.Text, Verdict = limit.IsMet ? "met" : "MISS" };

    public Row Noting(string note) => this with { Note = Note.Length == 0 ? note : $"{Note}; {note}" };
}
