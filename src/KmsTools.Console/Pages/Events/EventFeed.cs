using System.Collections.Immutable;
using System.Globalization;
using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.WebConsole.Sessions;

namespace KmsTools.WebConsole.Pages.Events;

/// <summary>
/// Events for people, the newest first. The cost of a page depends on how many events it looks at, never on how many there are.
/// </summary>
internal static class EventFeed
{
    /// <summary>How many events a page shows.</summary>
    public const int PageSize = 50;

    /// <summary>How many events a page looks at where some conditions are not in the index.</summary>
    public const int MaxLook = 2000;

    // How many of the newest events a look for new ones sees.
    private const int MaxNew = 100;
    private const int IdLength = 8;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>A page of events.</summary>
    /// <param name="Events">The events, the newest first.</param>
    /// <param name="Looked">How many were looked at.</param>
    /// <param name="Next">Where the next page begins; null if there is no other.</param>
    public sealed record Page(ImmutableArray<AuditEvent> Events, int Looked, string? Next);

    /// <summary>New events.</summary>
    /// <param name="Events">The events, the newest first.</param>
    /// <param name="Seen">What has been seen by then, for the next look.</param>
    /// <param name="HasGap">Whether there may be more between these and those that were seen before.</param>
    public sealed record News(ImmutableArray<AuditEvent> Events, string Seen, bool HasGap);

    /// <summary>Finds a page.</summary>
    /// <param name="filter">Which events.</param>
    /// <param name="session">The session of an administrator.</param>
    /// <param name="at">Where it begins: <see cref="Page.Next"/> of the page before; null for the first.</param>
    /// <exception cref="ArgumentException">The filter is not valid.</exception>
    public static Page Find(EventFilter filter, ConsoleSession session, string? at)
    {
        (DateTimeOffset? before, int skip) = ReadPlace(at);
        EventQuery query = filter.ToQuery(session);
        query = query with { Before = before < query.Before || query.Before is null ? before ?? query.Before : query.Before };
        int look = filter.IsSieve ? MaxLook : PageSize;

        // Events of the same time as the last one of the page before are passed over by their number: they have no other place.
        AuditEvent[] found = [.. session.Administration.FindEvents(query with { Last = skip + look + 1 }).Reverse().Skip(skip)];
        List<AuditEvent> shown = [];
        int looked = 0;
        while (looked < Math.Min(found.Length, look) && shown.Count < PageSize)
        {
            if (filter.Accepts(found[looked++]))
            {
                shown.Add(found[looked - 1]);
            }
        }

        return new Page([.. shown], looked, looked < found.Length ? PlaceAfter(found, looked, before, skip) : null);
    }

    /// <summary>The names of the newest events, so that the next look knows what is new.</summary>
    public static string See(EventFilter filter, ConsoleSession session) => Names(FindNewest(filter, session));

    /// <summary>Finds what is new.</summary>
    /// <param name="filter">Which events.</param>
    /// <param name="session">The session of an administrator.</param>
    /// <param name="seen">What was seen before.</param>
    public static News FindNew(EventFilter filter, ConsoleSession session, string seen)
    {
        AuditEvent[] newest = FindNewest(filter, session);
        HashSet<string> known = [.. seen.Chunk(IdLength).Take(MaxNew).Select(static name => new string(name))];
        AuditEvent[] fresh = [.. newest.Where(record => !known.Contains(NameOf(record)))];
        return new News([.. fresh.Where(filter.Accepts)], Names(newest), fresh.Length == MaxNew);
    }

    // By their number and not by time: events of calls that read are recorded a little later than others of the same time, and a simulated
    // clock stands still.
    private static AuditEvent[] FindNewest(EventFilter filter, ConsoleSession session) =>
        [.. session.Administration.FindEvents(filter.ToQuery(session) with { Last = MaxNew }).Reverse()];

    private static string Names(IEnumerable<AuditEvent> events) => string.Concat(events.Select(NameOf));

    private static string NameOf(AuditEvent record) => record.EventId[..IdLength];

    private static string PlaceAfter(AuditEvent[] found, int looked, DateTimeOffset? before, int skip)
    {
        DateTime last = found[looked - 1].EventTime;
        int same = found.Take(looked).Count(record => record.EventTime == last) + (before?.UtcDateTime == last ? skip : 0);
        return string.Create(CultureInfo.InvariantCulture, $"{last.ToString(TimeFormat, CultureInfo.InvariantCulture)}_{same}");
    }

    private static (DateTimeOffset? Before, int Skip) ReadPlace(string? place)
    {
        if (place is null)
        {
            return (null, 0);
        }

        return place.Split('_') is [var time, var number]
            && DateTimeOffset.TryParseExact(
                time, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset before)
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int skip) && skip <= int.MaxValue / 2
                ? (before, skip)
                : throw new ArgumentException($"'{place}' is not a place in the events.");
    }
}
