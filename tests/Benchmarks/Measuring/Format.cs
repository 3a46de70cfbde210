using System.Globalization;

namespace KmsTools.Benchmarks.Measuring;

/// <summary>Figures as people read them.</summary>
internal static class Format
{
    public const string Times = "x";
    public const string Microseconds = "us";
    public const string Milliseconds = "ms";
    public const string PerSecond = "/s";
    public const string Bytes = "B";
    public const string Megabytes = "MB";

    public static string Value(double value, string unit)
    {
        string number = unit == Times ? value.ToString("0.00", CultureInfo.InvariantCulture) : Number(value);
        return unit is Times or PerSecond ? number + unit : $"{number} {unit}";
    }

    /// <summary>The median, and the best in brackets.</summary>
    public static string Series(Series series, string unit) => $"{Value(series.Median, unit)} ({Number(series.Best, unit)})";

    public static string Ratio(double ofMedians, double ofBests) => $"{Value(ofMedians, Times)} ({Number(ofBests, Times)})";

    private static string Number(double value, string unit) =>
        unit == Times ? value.ToString("0.00", CultureInfo.InvariantCulture) : Number(value);

    private static string Number(double value) => value.ToString(
        Math.Abs(value) switch
        {
            < 10 => "0.00",
            < 100 => "0.0",
            _ => "#,0",
        },
        CultureInfo.InvariantCulture);
}
