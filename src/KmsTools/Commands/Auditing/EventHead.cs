using System.Management.Automation;
using KmsTools.Auditing;

namespace KmsTools.Commands;

/// <summary>Heads of the event log that were exported before.</summary>
internal static class EventHead
{
    /// <summary>Reads a head: a segment, or an object with its Number, Events and Head, as from a CSV or JSON file.</summary>
    /// <exception cref="PSArgumentException">One of them is missing.</exception>
    public static EventSegment Read(PSObject head)
    {
        if (head.BaseObject is EventSegment segment)
        {
            return segment;
        }

        return new EventSegment
        {
            Number = Read<int>(head, nameof(EventSegment.Number)),
            Events = Read<long>(head, nameof(EventSegment.Events)),
            Head = Read<string>(head, nameof(EventSegment.Head)).ToLowerInvariant(),
            State = EventSegmentState.OPEN,
            Size = 0,
        };
    }

    private static T Read<T>(PSObject head, string name) =>
        head.Properties[name]?.Value is { } given && LanguagePrimitives.TryConvertTo(given, out T value)
            ? value
            : throw new PSArgumentException($"A head has Number, Events and Head; {name} is missing or is not valid.");
}
