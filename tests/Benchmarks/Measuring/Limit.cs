namespace KmsTools.Benchmarks.Measuring;

/// <summary>What a figure should be, and whether it is.</summary>
internal sealed record Limit(string Text, bool IsMet)
{
    public static Limit AtMost(double most, double actual, string unit) => new($"<= {Format.Value(most, unit)}", actual <= most);

    public static Limit AtLeast(double least, double actual, string unit) => new($">= {Format.Value(least, unit)}", actual >= least);

    public static Limit Below(double bound, double actual, string unit) => new($"< {Format.Value(bound, unit)}", actual < bound);

    public static Limit Exactly(string text, bool isMet) => new(text, isMet);
}
