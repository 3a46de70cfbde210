using System.Globalization;

namespace KmsTools.WebConsole.Pages.Clock;

/// <summary>Durations as forms ask for them: a number and a unit.</summary>
internal static class Duration
{
    /// <summary>The units and their names.</summary>
    public static readonly (string Unit, string Name)[] Units = [("d", "days"), ("h", "hours"), ("m", "minutes"), ("s", "seconds")];

    /// <summary>Reads a duration.</summary>
    /// <exception cref="ArgumentException">The number is not one, or the duration is longer than time is.</exception>
    public static TimeSpan Read(string? number, string? unit)
    {
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value))
        {
            throw new ArgumentException($"'{number}' is not a number. Enter one such as 7 or 1.5.");
        }

        decimal ticks;
        try
        {
            ticks = value * unit switch
            {
                "d" => TimeSpan.TicksPerDay,
                "h" => TimeSpan.TicksPerHour,
                "m" => TimeSpan.TicksPerMinute,
                "s" => TimeSpan.TicksPerSecond,
                _ => throw new ArgumentException($"'{unit}' is not a unit of time. Choose days, hours, minutes or seconds."),
            };
        }
        catch (OverflowException)
        {
            ticks = decimal.MaxValue;
        }

        return ticks <= TimeSpan.MaxValue.Ticks
            ? TimeSpan.FromTicks((long)ticks)
            : throw new ArgumentException($"{number} is too long.");
    }

    /// <summary>A duration in words, such as <c>1 d 02:30:00</c>.</summary>
    public static string Text(TimeSpan time) => string.Create(
        CultureInfo.InvariantCulture, $"{(time.Days > 0 ? $"{time.Days} d " : "")}{time:hh\\:mm\\:ss}");
}
