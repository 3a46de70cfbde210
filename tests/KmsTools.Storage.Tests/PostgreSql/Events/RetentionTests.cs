using System.Text;
using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql.Events;

namespace KmsTools.PostgreSql.Events;

public sealed class RetentionTests : EventRowsFixture
{
    [Fact]
    public void Drop_CompleteSegments_LastUsesStayKnownAndQueriesGoOn()
    {
        PostgreSqlEventLog log = Open(maxSegmentSize: 50_000);
        int completed = 0;
        log.SegmentCompleted = () => Interlocked.Increment(ref completed);
        log.Append(NewEvent("first", keyId: "old", secondKeyId: "older"));
        log.Append(NewEvent("no use", keyId: "old", isUse: false));
        Fill(log, 20);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref completed) == 2, TimeSpan.FromSeconds(10)));
        Assert.Equal(
            [EventSegmentState.SEALED, EventSegmentState.SEALED, EventSegmentState.OPEN],
            log.ListSegments().Select(static segment => segment.State));
        log.Append(NewEvent("later", "2026-01-01T00:00:00Z", keyId: "older"));
        EventSegment[] complete = [.. log.FindExcess(new EventLogSettings { MaxSizeInBytes = 0 }, default)];
        Assert.Equal([1, 2], complete.Select(static segment => segment.Number));
        EventSegment[] kept = [.. log.ListSegments()];

        log.Drop(complete);
        log.Drop(complete);
        Assert.Empty(log.Query(new EventQuery { KeyId = "old" }));
        Assert.Equal("first", log.FindLastUsage(Region, "old")!.EventId);
        Assert.Equal("first", log.FindLastUsage(Region, "older")!.EventId);
        Assert.Null(log.FindLastUsage("us-west-2", "old"));
        Assert.Equal(["3"], Read("SELECT DISTINCT segment FROM events"));
        Assert.Equal(
            [EventSegmentStatus.OK, EventSegmentStatus.DROPPED, EventSegmentStatus.DROPPED, EventSegmentStatus.OK],
            log.Verify(kept).Select(static result => result.Status));
        Execute("UPDATE last_uses SET event_id = 'forged' WHERE key_id = 'old'");
        Assert.Equal("last_uses", Assert.Throws<StateStoreException>(() => log.FindLastUsage(Region, "old")).Damage!.Table);
    }

    [Fact]
    public void Drop_ProcessDiedWhileItDeleted_TheNextOneGoesOn()
    {
        PostgreSqlEventLog log = Open(maxSegmentSize: 50_000);
        Fill(log, 10);
        SegmentCatalogue catalogue = new(Connections, "store", Mac);
        Assert.True(catalogue.TrySetStatus(catalogue.List()[0], SegmentRow.Dropping));
        Assert.Equal(EventSegmentState.DROPPED, log.ListSegments()[0].State);
        log.Drop([]);
        Assert.Equal(SegmentRow.Dropped, catalogue.List()[0].Status);
        Assert.Equal(["2"], Read("SELECT DISTINCT segment FROM events"));
    }

    [Fact]
    public void Append_SettingsKeepLittle_SegmentsAreCompleteEarlier()
    {
        PostgreSqlEventLog log = Open();
        Settings = new EventLogSettings { MaxSizeInBytes = 8 * 50_000 };
        log.SettingsChanged();
        Fill(log, 10);
        Assert.Equal(
            [EventSegmentState.SEALED, EventSegmentState.OPEN], log.ListSegments().Select(static segment => segment.State));
        Settings = new EventLogSettings { MaxAgeInDays = 8 };
        log.SettingsChanged();
        log.Append(NewEvent("young", "2026-03-04T05:06:08Z"));
        Assert.Equal(2, log.ListSegments().Length);
        log.Append(NewEvent("old", "2026-03-05T05:06:08Z"));
        log.Append(NewEvent("next", "2026-03-05T05:06:08Z"));
        Assert.Equal(3, log.ListSegments().Length);
    }

    // Events of 8 KB.
    private static void Fill(PostgreSqlEventLog log, int count)
    {
        AuditRecord large = NewEvent("large", "2026-03-04T06:00:00Z") with { Json = Encoding.UTF8.GetBytes("{}".PadRight(8000)) };
        for (int i = 0; i < count; i++)
        {
            log.Append(large);
        }
    }
}
