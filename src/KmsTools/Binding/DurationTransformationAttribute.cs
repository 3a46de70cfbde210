using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace KmsTools.Binding;

/// <summary>
/// Takes durations as text with a unit, such as 3d, 12h and 90m. A number alone is refused, except 0: PowerShell would take 3 as three
/// ten-millionths of a second, and '3' as three days. Text that is not a duration is refused with the ways to write one. Anything else is
/// left to PowerShell.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed partial class DurationTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? data = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        switch (data)
        {
            // PowerShell reads 3d as the decimal number 3, and 30s as a short one, before any cmdlet sees it.
            case decimal days:
                return Convert(days, "d", $"{days}d");
            case short seconds:
                return Convert(seconds, "s", $"{seconds}s");
        }

        string? text = data is string given ? given.Trim() : data is IConvertible and not DateTime ? $"{data}" : null;
        if (text is null)
        {
            return inputData;
        }

        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number))
        {
            return number == 0
                ? TimeSpan.Zero
                : throw new ArgumentTransformationMetadataException(
                    $"{text} has no unit. Write {text}d for days, {text}h for hours, {text}m for minutes or {text}s for seconds.");
        }

        return WithUnit().Match(text) is { Success: true } match
            ? Convert(decimal.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture), match.Groups["unit"].Value, text)
            : Parse(text);
    }

    private static TimeSpan Parse(string text)
    {
        try
        {
            return TimeSpan.Parse(text, CultureInfo.InvariantCulture);
        }
        catch (OverflowException)
        {
            throw new ArgumentTransformationMetadataException($"{text} is too long.");
        }
        catch (FormatException)
        {
            throw new ArgumentTransformationMetadataException(
                $"'{text}' is not a duration. Write a number with a unit, such as 3d, 12h, 90m or 30s, or days and time: 1.12:00:00.");
        }
    }

    private static TimeSpan Convert(decimal number, string unit, string text)
    {
        decimal ticks = number * unit.ToLowerInvariant() switch
        {
            "d" => TimeSpan.TicksPerDay,
            "h" => TimeSpan.TicksPerHour,
            "m" => TimeSpan.TicksPerMinute,
            _ => TimeSpan.TicksPerSecond,
        };
        return decimal.Abs(ticks) <= TimeSpan.MaxValue.Ticks
            ? TimeSpan.FromTicks((long)ticks)
            : throw new ArgumentTransformationMetadataException($"{text} is too long.");
    }

    [GeneratedRegex(@"^(?<number>[0-9]{1,9}(\.[0-9]{1,9})?)\s?(?<unit>[dhms])\z", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex WithUnit();
}
