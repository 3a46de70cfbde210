using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql.Events;
using KmsTools.Storage.Sql;

namespace KmsTools.PostgreSql.Events;

public sealed class VerificationTests : EventRowsFixture
{
    [Theory]
    [InlineData("UPDATE events SET body = set_byte(body, 40, get_byte(body, 40) # 1) WHERE position = {1}", EventSegmentStatus.DAMAGED, 1)]
    [InlineData("UPDATE events SET body = ''::bytea WHERE position = {1}", EventSegmentStatus.DAMAGED, 1)]
    [InlineData("UPDATE events SET hash = decode(repeat('00', 32), 'hex') WHERE position = {2}", EventSegmentStatus.DAMAGED, 2)]
    [InlineData("UPDATE events SET key_id = 'another' WHERE position = {1}", EventSegmentStatus.DAMAGED, 1)]
    [InlineData("UPDATE events SET second_key_id = 'another' WHERE position = {1}", EventSegmentStatus.DAMAGED, 1)]
    [InlineData("UPDATE events SET name = 'DECRYPT' WHERE position = {1}", EventSegmentStatus.DAMAGED, 1)]
    [InlineData("UPDATE events SET region = 'another' WHERE position = {1}", EventSegmentStatus.DAMAGED, 1)]
    [InlineData("UPDATE events SET time = time + 1 WHERE position = {1}", EventSegmentStatus.DAMAGED, 1)]
    [InlineData("UPDATE events SET recorded = recorded + 1 WHERE position = {1}", EventSegmentStatus.DAMAGED, 1)]
    [InlineData("UPDATE events SET is_use = 0 WHERE position = {1}", EventSegmentStatus.DAMAGED, 1)]
    [InlineData("DELETE FROM events WHERE position = {0}", EventSegmentStatus.DAMAGED, 0)]
    [InlineData("DELETE FROM events WHERE position = {1}", EventSegmentStatus.DAMAGED, 1)]
    [InlineData("DELETE FROM events WHERE position = {2}", EventSegmentStatus.DIFFERENT_HEAD, 2)]
    [InlineData("DELETE FROM events", EventSegmentStatus.DIFFERENT_HEAD, 0)]
    [InlineData(
        "INSERT INTO events SELECT 1, position + 1000, time, recorded, name, region, key_id, second_key_id, is_use, body, hash FROM events "
            + "WHERE position = {2}",
        EventSegmentStatus.DIFFERENT_HEAD, 3)]
    [InlineData(
        "INSERT INTO events SELECT 1, position + 5, time, recorded, name, region, key_id, second_key_id, is_use, body, hash FROM events "
            + "WHERE position = {1}",
        EventSegmentStatus.DAMAGED, 2)]
    public void Verify_EventsAreChanged_SaysWhere(string sql, EventSegmentStatus status, int at)
    {
        PostgreSqlEventLog log = Open();
        for (int i = 0; i < 3; i++)
        {
            log.Append(NewEvent($"{i}"));
        }

        long[] positions =
        [
            .. Read("SELECT position FROM events ORDER BY position").Select(long.Parse),
            long.Parse(Read("SELECT size FROM event_segments WHERE number = 1")[0]),
        ];
        Assert.Equal([EventSegmentStatus.OK, EventSegmentStatus.OK], log.Verify([]).Select(static result => result.Status));
        Execute(string.Format(sql, [.. positions]));
        EventSegmentVerification[] results = [.. log.Verify([])];
        Assert.Equal([EventSegmentStatus.OK, status], results.Select(static result => result.Status));
        Assert.Equal((1, at, positions[at]), (results[1].Number, results[1].Events, results[1].Position));
    }

    [Theory]
    [InlineData("UPDATE event_segments SET events = 1 WHERE number = 1", EventSegmentStatus.DAMAGED, EventSegmentStatus.DAMAGED)]
    [InlineData("UPDATE event_segments SET status = 'DROPPED' WHERE number = 1", EventSegmentStatus.DAMAGED, EventSegmentStatus.DAMAGED)]
    [InlineData("UPDATE event_segments SET node = '' WHERE number = 1", EventSegmentStatus.DAMAGED, EventSegmentStatus.DAMAGED)]
    [InlineData("DELETE FROM event_segments WHERE number = 1", EventSegmentStatus.OK, EventSegmentStatus.NOT_IN_CATALOGUE)]
    [InlineData("DELETE FROM event_segments WHERE number = 0", EventSegmentStatus.DAMAGED, EventSegmentStatus.OK)]
    [InlineData("UPDATE event_segments SET events = 0 WHERE number = 0", EventSegmentStatus.DAMAGED, EventSegmentStatus.OK)]
    [InlineData("DELETE FROM event_segments WHERE number = 1; DELETE FROM events", EventSegmentStatus.OK, EventSegmentStatus.MISSING)]
    public void Verify_CatalogueIsChanged_IsFound(string sql, EventSegmentStatus catalogue, EventSegmentStatus segment)
    {
        PostgreSqlEventLog log = Open();
        log.Append(NewEvent("1"));
        Execute(sql);
        Assert.Equal([catalogue, segment], log.Verify([]).Select(static result => result.Status));
    }

    [Fact]
    public void Verify_HeadsThatWereKept_ShowWhatWasMadeAgain()
    {
        PostgreSqlEventLog log = Open();
        log.Append(NewEvent("1"));
        EventSegment[] kept = [.. log.ListSegments()];
        log.Append(NewEvent("2"));
        Assert.Equal([EventSegmentStatus.OK, EventSegmentStatus.OK], log.Verify(kept).Select(static result => result.Status));

        // Someone who has the key of the MACs empties the log and writes another.
        Execute("DELETE FROM events; DELETE FROM event_segments");
        PostgreSqlEventLog forged = Open();
        forged.Append(NewEvent("another"));
        forged.Append(NewEvent("2"));
        Assert.Equal([EventSegmentStatus.OK, EventSegmentStatus.OK], forged.Verify([]).Select(static result => result.Status));
        Assert.Equal(EventSegmentStatus.DIFFERENT_HEAD, forged.Verify(kept).Last().Status);
        Assert.Equal(EventSegmentStatus.MISSING, forged.Verify([kept[0] with { Number = 9 }]).Last().Status);
    }

    [Fact]
    public void Open_LastEventOfAFreeSegmentIsMissing_SegmentIsGivenUpAndReported()
    {
        PostgreSqlEventLog first = Open();
        first.Append(NewEvent("1"));
        first.Append(NewEvent("2"));
        first.Dispose();
        Execute("DELETE FROM events WHERE position = (SELECT max(position) FROM events)");
        PostgreSqlEventLog second = Open();
        EventLogRepair repair = Assert.Single(second.Repairs);
        Assert.Equal((1, true), (repair.Segment, repair.IsDamaged));
        second.Append(NewEvent("3"));
        Assert.Equal(["1", "3"], Ids(second.Query(new EventQuery())));
        Assert.Equal([EventSegmentState.BROKEN, EventSegmentState.OPEN], second.ListSegments().Select(static segment => segment.State));
        Assert.Equal(
            [EventSegmentStatus.OK, EventSegmentStatus.DIFFERENT_HEAD, EventSegmentStatus.OK],
            second.Verify([]).Select(static result => result.Status));
    }

    [Fact]
    public void Append_RowZeroWasRemoved_NextSegmentIsRefused()
    {
        Open().Append(NewEvent("1"));
        Execute("DELETE FROM event_segments WHERE number = 0");
        StoreDamage damage = Assert.Throws<StateStoreException>(() => Open()).Damage!;
        Assert.Equal("event_segments", damage.Table);
    }

    [Fact]
    public void Mac_EveryColumn_IsCovered()
    {
        SegmentRow row = new(1, "a", "b", "c", 2, 3, 4, 5, 6, [7], [8]);
        RowAuthenticator rows = new(Mac);
        byte[][] macs =
        [
            row.Mac(rows), (row with { Number = 9 }).Mac(rows), (row with { Lane = "x" }).Mac(rows), (row with { Status = "x" }).Mac(rows),
            (row with { Node = "x" }).Mac(rows), (row with { Moved = 9 }).Mac(rows), (row with { Events = 9 }).Mac(rows),
            (row with { Size = 9 }).Mac(rows), (row with { FirstTime = 9 }).Mac(rows), (row with { LastTime = 9 }).Mac(rows),
            (row with { Header = [9] }).Mac(rows), (row with { Head = [9] }).Mac(rows),
        ];
        Assert.Equal(SegmentRow.Columns.Split(", ").Length, macs.Select(Convert.ToHexString).Distinct().Count());
    }
}
