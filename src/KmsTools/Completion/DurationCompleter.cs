using System.Collections;

namespace KmsTools.Completion;

/// <summary>Completes durations with their units.</summary>
public sealed class DurationCompleter : LiveCompleter
{
    private static readonly Completion[] Durations =
    [
        new("1h", "An hour"),
        new("12h", "Twelve hours"),
        new("1d", "A day"),
        new("7d", "A week"),
        new("30d", "Thirty days"),
        new("365d", "A year"),
    ];

    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) => Durations;
}
