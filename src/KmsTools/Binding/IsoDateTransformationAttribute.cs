using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace KmsTools.Binding;

/// <summary>
/// Reads dates that are ISO 8601 text by the Gregorian calendar, whatever the calendar of the current culture is. PowerShell would read
/// 2026-12-31 as a day of 1483 under the Thai one. Anything else is left to PowerShell.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed partial class IsoDateTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? data = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (data is not string text || !IsoDate().IsMatch(text))
        {
            return inputData;
        }

        // PowerShell must not get a second chance: 2031-02-29 is not a date, but a day of 1488 under the Thai calendar.
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, out DateTime date)
            ? date
            : throw new ArgumentTransformationMetadataException($"'{text}' is not a date of the Gregorian calendar.");
    }

    [GeneratedRegex(
        @"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,7})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex IsoDate();
}
