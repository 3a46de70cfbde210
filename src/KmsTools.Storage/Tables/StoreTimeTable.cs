using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>The single row about the time that passed; none before the first look at the clock.</summary>
internal sealed class StoreTimeTable : Table<StoreTime>
{
    private static readonly Columns<StoreTime> s_columns = new Columns<StoreTime>("store_time", Read)
        .Key("id", static _ => 1L)
        .Changing("seen", static time => time.Seen)
        .Changing("greatest", static time => time.Greatest)
        .Changing("explained", static time => time.Explained)
        .Changing("elapsed", static time => Milliseconds(time.Elapsed))
        .Changing("unexplained_since", static time => time.UnexplainedSince)
        .Changing("uptime", static time => Milliseconds(time.Uptime))
        .Changing("required_uptime", static time => Milliseconds(time.RequiredUptime));

    private readonly Statement _readBirth;
    private readonly Statement _readHeld;

    public StoreTimeTable(IDatabase database)
        : base(database, s_columns)
    {
        _readBirth = Prepare("SELECT creation_date FROM store");
        _readHeld = Prepare(
            """
            SELECT (SELECT min(deletion_date) FROM keys WHERE is_deletion_held = 1) AS first_key,
                   (SELECT max(deletion_date) FROM keys WHERE is_deletion_held = 1) AS last_key,
                   (SELECT min(due) FROM held_materials) AS first_material,
                   (SELECT max(due) FROM held_materials) AS last_material,
                   (SELECT min(next_rotation_date) FROM keys WHERE is_rotation_held = 1) AS rotation
            """);
    }

    /// <summary>What is known, with what waits.</summary>
    public StoreTime Read()
    {
        StoreTime time = FindByKey(("id", 1L))
            ?? StoreTime.Of(_readBirth.Find(static row => (DateTimeOffset?)row.Time("creation_date")) ?? throw MissingRow("store"));
        return _readHeld.Find(row => time with
        {
            EarliestHeld = Earlier(row.TimeOrNull("first_key"), row.TimeOrNull("first_material")),
            LatestHeld = Later(row.TimeOrNull("last_key"), row.TimeOrNull("last_material")),
            HasHeldRotations = !row.IsNull("rotation"),
        })!;
    }

    private static StoreTime Read(Row row) => new()
    {
        Seen = row.Time("seen"),
        Greatest = row.Time("greatest"),
        Explained = row.Time("explained"),
        Elapsed = TimeSpan.FromMilliseconds(row.Number("elapsed")),
        UnexplainedSince = row.TimeOrNull("unexplained_since"),
        Uptime = TimeSpan.FromMilliseconds(row.Number("uptime")),
        RequiredUptime = TimeSpan.FromMilliseconds(row.Number("required_uptime")),
    };

    private static long Milliseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMillisecond;

    private static DateTimeOffset? Earlier(DateTimeOffset? left, DateTimeOffset? right) => left is null || right < left ? right : left;

    private static DateTimeOffset? Later(DateTimeOffset? left, DateTimeOffset? right) => left is null || right > left ? right : left;
}
