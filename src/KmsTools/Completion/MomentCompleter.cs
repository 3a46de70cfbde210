using System.Collections;
using System.Globalization;

namespace KmsTools.Completion;

/// <summary>Completes times in UTC, by the clock of the store: past ones for events, and those to come otherwise.</summary>
public sealed class MomentCompleter : LiveCompleter
{
    private static readonly (int Hours, string Name)[] Distances =
        [(1, "An hour"), (24, "A day"), (7 * 24, "A week"), (30 * 24, "Thirty days"), (365 * 24, "A year")];

    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        bool past = parameter.ToUpperInvariant() is "AFTER" or "BEFORE" or "CREATIONDATE";
        DateTimeOffset now = engine.UtcNow;
        return Distances.Select(distance => new Completion(
            now.AddHours(past ? -distance.Hours : distance.Hours).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            $"{distance.Name} {(past ? "ago" : "from now")}"));
    }
}
