using System.Text.Json;

namespace KmsTools.Benchmarks.Measuring;

/// <summary>One median, as one run passes it to the program that compares runs.</summary>
/// <param name="Value">The median.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="MoreIsBetter">Whether a higher value is a better one.</param>
internal sealed record Figure(double Value, string Unit, bool MoreIsBetter)
{
    public static Figure Of(Series series, string unit) => new(series.Median, unit, series.MoreIsBetter);

    /// <summary>How much more this one costs than another: above 1 when it is worse.</summary>
    public double CostAgainst(Figure other) => MoreIsBetter ? other.Value / Value : Value / other.Value;

    public static void Write(string file, IReadOnlyDictionary<string, Figure> figures) =>
        File.WriteAllText(file, JsonSerializer.Serialize(figures));

    public static Dictionary<string, Figure> Read(string file) =>
        JsonSerializer.Deserialize<Dictionary<string, Figure>>(File.ReadAllText(file))!;
}
