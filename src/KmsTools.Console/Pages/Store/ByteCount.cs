using System.Globalization;

namespace KmsTools.WebConsole.Pages.Store;

/// <summary>Numbers of bytes for people.</summary>
internal static class ByteCount
{
    private const double Step = 1024;

    private static readonly string[] s_units = ["bytes", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>A number of bytes in its largest unit, such as <c>1.5 MiB</c>.</summary>
    public static string Text(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= Step && unit < s_units.Length - 1)
        {
            value /= Step;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {s_units[unit]}");
    }
}
