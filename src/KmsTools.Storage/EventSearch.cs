using KmsTools.Persistence;
using KmsTools.Storage.Segments;

namespace KmsTools.Storage;

/// <summary>What a query looks for, in the terms of segments and of their index.</summary>
internal sealed class EventSearch
{
    private static readonly Comparer<EventPosition> s_oldestFirst = Comparer<EventPosition>.Default;
    private static readonly Comparer<EventPosition> s_newestFirst =
        Comparer<EventPosition>.Create(static (left, right) => right.CompareTo(left));

    private readonly EventQuery _query;

    public EventSearch(EventQuery query)
    {
        _query = query;
        FirstTime = query.After is DateTimeOffset after ? CeilingMilliseconds(after) : long.MinValue;
        LastTime = query.Before?.ToUnixTimeMilliseconds() ?? long.MaxValue;
        List = query.KeyId is string keyId ? EventListName.OfKey(keyId)
            : query.EventName is string name ? EventListName.OfName(name)
            : EventListName.All;
    }

    /// <summary>Whether the newest events come first.</summary>
    public bool NewestFirst => _query.Last is not null;

    /// <summary>The first time in unix milliseconds.</summary>
    public long FirstTime { get; }

    /// <summary>The last time in unix milliseconds.</summary>
    public long LastTime { get; }

    /// <summary>The list of the index that has all the events, and the fewest others.</summary>
    public EventListName List { get; }

    /// <summary>The order of the events.</summary>
    public Comparer<EventPosition> Order => NewestFirst ? s_newestFirst : s_oldestFirst;

    /// <summary>Whether an event between these times can be among them.</summary>
    public bool Overlaps(long firstTime, long lastTime) => firstTime <= LastTime && lastTime >= FirstTime;

    /// <summary>Whether an event of this time is one of them.</summary>
    public bool IsInTime(long time) => time >= FirstTime && time <= LastTime;

    /// <summary>Whether events of this name in this Region are among them.</summary>
    public bool Matches(string name, string region) =>
        (_query.Region is null || region == _query.Region)
        && (_query.EventName is null || name.Equals(_query.EventName, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether an event is one of them.</summary>
    public bool Matches(EventEntry entry) =>
        IsInTime(entry.Time) && (_query.KeyId is null || entry.IsAbout(_query.KeyId)) && Matches(entry.Name, entry.Region);

    // Event times have millisecond precision: the first one not before a time in between is the next.
    private static long CeilingMilliseconds(DateTimeOffset time)
    {
        long floor = time.ToUnixTimeMilliseconds();
        return DateTimeOffset.FromUnixTimeMilliseconds(floor) < time ? floor + 1 : floor;
    }
}
