using System.Collections.Immutable;

namespace KmsTools;

// What becomes due, and what happened when a clock was moved.
public static partial class Views
{
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
            .. step.AlarmsRaised.Select(static name => $"alarm {name} -> ALARM"),
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
        change is null ? "" : change.AliasNames.IsDefaultOrEmpty ? change.KeyId : change.AliasNames[0];

    private static IEnumerable<string> Some(int count, string one, string many) => count == 0 ? [] : [$"{count} {(count == 1 ? one : many)}"];

    private static string Change(DueKind kind) => kind == DueKind.MaterialExpiry ? "Expiry" : $"{kind}";
}
