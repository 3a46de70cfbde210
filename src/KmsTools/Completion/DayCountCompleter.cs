using System.Collections;

namespace KmsTools.Completion;

/// <summary>Completes numbers of days: waiting periods and rotation periods, with the limits that AWS sets.</summary>
public sealed class DayCountCompleter : LiveCompleter
{
    private static readonly Completion[] WaitingPeriods =
    [
        new("7", "The shortest waiting period"),
        new("14", "Two weeks"),
        new("30", "The longest waiting period, and the default"),
    ];

    private static readonly Completion[] RotationPeriods =
    [
        new("90", "The shortest rotation period"),
        new("180", "Half a year"),
        new("365", "A year, the default"),
        new("730", "Two years"),
        new("1095", "Three years, as AWS managed keys"),
        new("2560", "The longest rotation period"),
    ];

    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) =>
        parameter.StartsWith("Pending", StringComparison.OrdinalIgnoreCase) ? WaitingPeriods : RotationPeriods;
}
