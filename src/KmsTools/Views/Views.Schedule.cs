using System.Globalization;

namespace KmsTools;

// What becomes due, and what happened when a clock was moved.
public static partial class Views
{
    private const int MaxLine = 32;

    /// <summary>What happened while a clock was moved, in words.</summary>
    /// <param name="step">The step, or null.</param>
    public static string Happened(object? step)
    {
        if (step is null)
        {
            return "";
        }

        Shown shown = new(step);
        string[] parts =
        [
            .. Some(
                shown[nameof(KmsClockStep.Deleted)].Items.Select(static change => change[nameof(DueChange.KeyArn)].Text).Distinct().Count(),
                "key deleted",
                "keys deleted"),
            .. Some(shown[nameof(KmsClockStep.Rotated)].Items.Length, "rotation", "rotations"),
            .. Some(shown[nameof(KmsClockStep.Expired)].Items.Length, "key material expired", "key materials expired"),
            .. Some(shown[nameof(KmsClockStep.OrphansLeft)].Number, "orphan left in HSMs", "orphans left in HSMs"),
            .. shown[nameof(KmsClockStep.AlarmsRaised)].Items.Select(static name => $"alarm {Text(name.Text)} -> ALARM"),
        ];
        return parts.Length == 0 ? "nothing" : string.Join(", ", parts);
    }

    /// <summary>Changes of keys, each with its alias or key ID and its day (UTC).</summary>
    /// <param name="changes">The changes, or null.</param>
    public static string Changes(object? changes) => string.Join(
        ", ",
        new Shown(changes).Items.Select(static change => $"{KeyName(change)} {Date(change[nameof(DueChange.DueDate)].Time)}"));

    /// <summary>The first alias of a key, or else its ID.</summary>
    /// <param name="change">The change of the key, or null.</param>
    public static string KeyName(object? change) => KeyName(new Shown(change));

    /// <summary>A change that is due, with its key and its date.</summary>
    /// <param name="change">The change, or null.</param>
    public static string Upcoming(object? change)
    {
        Shown shown = new(change);
        return shown.IsNull ? "nothing"
            : $"{Change(shown[nameof(DueChange.Kind)].As<DueKind>())} of {KeyName(shown)} "
                + $"on {Minute(shown[nameof(DueChange.DueDate)].Time)}";
    }

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
    public static string Timeline(object? change, object? rendering)
    {
        if (change is null)
        {
            return "";
        }

        Shown shown = new(change);
        (string mark, string colour) = shown[nameof(KmsScheduledChange.Kind)].As<DueKind>() switch
        {
            DueKind.Deletion => ("x", Red),
            DueKind.Rotation => ("~", Green),
            _ => ("!", Yellow),
        };

        // How far away the changes beside it are is known to the object only, not to what CLIXML or a job has made of it.
        int length = change is KmsScheduledChange live
            ? 1 + (int)Math.Round(live.Distance * MaxLine, MidpointRounding.AwayFromZero)
            : 0;
        return $"{Paint(new string('-', length) + mark, colour, rendering)} {Date(shown[nameof(KmsScheduledChange.DueDate)].Time)} in "
            + Span(shown[nameof(KmsScheduledChange.In)].Span);
    }

    private static string KeyName(Shown change) => Text(
        change[nameof(DueChange.AliasNames)].Items is [var alias, ..] ? alias.Text : change[nameof(DueChange.KeyId)].Text);

    private static IEnumerable<string> Some(long count, string one, string many) =>
        count == 0 ? [] : [$"{count} {(count == 1 ? one : many)}"];

    private static string Change(DueKind? kind) => kind == DueKind.MaterialExpiry ? "Expiry" : $"{kind}";
}
