using System.Globalization;

namespace KmsTools;

// What becomes due, and what happened when a clock was moved.
public static partial class Views
{
    private const int MaxLine = 32;

    /// <summary>What happened while a clock was moved, in words.</summary>
    /// <param name="step">The step, or null.</param>
    public static string Happened(KmsClockStep? step)
    {
        if (step is null)
        {
            return "";
        }

        string[] parts =
        [
            .. Some(step.Deleted.Select(static change => change.KeyArn).Distinct().Count(), "key deleted", "keys deleted"),
            .. Some(step.Rotated.Length, "rotation", "rotations"),
            .. Some(step.Expired.Length, "key material expired", "key materials expired"),
            .. Some(step.OrphansLeft, "orphan left in HSMs", "orphans left in HSMs"),
            .. step.AlarmsRaised.Select(static name => $"alarm {Text(name)} -> ALARM"),
        ];
        return parts.Length == 0 ? "nothing" : string.Join(", ", parts);
    }

    /// <summary>Changes of keys, each with its alias or key ID and its day (UTC).</summary>
    /// <param name="changes">The changes, or null.</param>
    public static string Changes(IEnumerable<DueChange>? changes) =>
        changes is null ? "" : string.Join(", ", changes.Select(static change => $"{KeyName(change)} {Date(change.DueDate)}"));

    /// <summary>The first alias of a key, or else its ID.</summary>
    /// <param name="change">The change of the key, or null.</param>
    public static string KeyName(DueChange? change) =>
        Text(change is null ? null : change.AliasNames.IsDefaultOrEmpty ? change.KeyId : change.AliasNames[0]);

    /// <summary>The first alias of a key, or else its ID.</summary>
    /// <param name="change">The change of the key, or null.</param>
    public static string KeyName(KmsScheduledChange? change) =>
        Text(change is null ? null : change.AliasNames.IsDefaultOrEmpty ? change.KeyId : change.AliasNames[0]);

    /// <summary>A change that is due, with its key and its date.</summary>
    /// <param name="change">The change, or null.</param>
    public static string Upcoming(DueChange? change) =>
        change is null ? "nothing" : $"{Change(change.Kind)} of {KeyName(change)} on {Minute(change.DueDate)}";

    /// <summary>A time span in its largest unit, such as <c>30 d</c>, <c>12 h</c> or <c>5 min</c>.</summary>
    /// <param name="span">The time span, or null.</param>
    public static string Span(TimeSpan? span) => span switch
    {
        null => "",
        { TotalDays: >= 1 } days => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(days.TotalDays)} d"),
        { TotalHours: >= 1 } hours => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(hours.TotalHours)} h"),
        { } minutes => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, Math.Ceiling(minutes.TotalMinutes))} min"),
    };

    /// <summary>A line as long as a change is away, its mark (x deletion, ~ rotation, ! expiry) and its date.</summary>
    /// <param name="change">The change, or null.</param>
    /// <param name="rendering"><c>$PSStyle.OutputRendering</c>; with null or PlainText nothing is coloured.</param>
    public static string Timeline(KmsScheduledChange? change, object? rendering)
    {
        if (change is null)
        {
            return "";
        }

        (string mark, string colour) = change.Kind switch
        {
            DueKind.Deletion => ("x", Red),
            DueKind.Rotation => ("~", Green),
            _ => ("!", Yellow),
        };
        int length = 1 + (int)Math.Round(change.Distance * MaxLine, MidpointRounding.AwayFromZero);
        return $"{Paint(new string('-', length) + mark, colour, rendering)} {Date(change.DueDate)} in {Span(change.In)}";
    }

    private static IEnumerable<string> Some(int count, string one, string many) =>
        count == 0 ? [] : [$"{count} {(count == 1 ? one : many)}"];

    private static string Change(DueKind kind) => kind == DueKind.MaterialExpiry ? "Expiry" : $"{kind}";
}
