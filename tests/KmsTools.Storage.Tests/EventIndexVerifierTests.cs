using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>The comparison of events.db with the segments: what is changed in it hides events, or the last use of a key.</summary>
public sealed class EventIndexVerifierTests : StoreFixture
{
    private const string Cure =
        "End all processes that use the store and delete the file: it is made again when the store is next opened.";

    private const string OtherEvents =
        "'events.db' is not what the event log says. It does not have the events of '00000001.log' as they are there. " + Cure;

    private const string OtherUse =
        "'events.db' is not what the event log says. It has a last use of the key key-1 that is not what the events say. " + Cure;

    private string Index => Path.Combine(Folder, "events.db");

    // Two blocks, of which the first is full; and events that are not indexed.
    [Fact]
    public async Task VerifyFiles_IndexIsWhole_FindsNothing()
    {
        using (IStateStore store = Open())
        {
            await AppendAsync(store, Enumerable.Range(0, 5000).Select(i => NewEvent($"{i}", At(i), KeyOf(i))));
        }

        using IStateStore open = Open();
        await AppendAsync(open, Enumerable.Range(5000, 10).Select(i => NewEvent($"{i}", At(i), KeyOf(i))));
        Assert.Equal([], Verify(open));
    }

    [Theory]
    [InlineData("DELETE FROM event_lists WHERE kind = 'key' AND term = 'key-1'", OtherEvents)]
    [InlineData("DELETE FROM event_lists", OtherEvents)]
    [InlineData("UPDATE event_lists SET events = (SELECT events FROM event_lists WHERE term = 'key-2') WHERE term = 'key-1'", OtherEvents)]
    [InlineData("UPDATE event_lists SET last_time = first_time WHERE term = 'ENCRYPT'", OtherEvents)]
    [InlineData("INSERT INTO event_lists SELECT segment, kind, 'key-9', block, first_time, last_time, events FROM event_lists WHERE term = 'key-1'", OtherEvents)]
    [InlineData("UPDATE segments SET last_commit = 1", OtherEvents)]
    [InlineData("UPDATE segments SET count = count - 1", OtherEvents)]
    [InlineData("UPDATE segments SET hash = zeroblob(32)", OtherEvents)]
    [InlineData("DELETE FROM last_uses WHERE key_id = 'key-1'", OtherUse)]
    [InlineData("UPDATE last_uses SET time = time - 1 WHERE key_id = 'key-1'", OtherUse)]
    [InlineData("UPDATE last_uses SET time = time + 1 WHERE key_id = 'key-1'", OtherUse)]
    [InlineData("UPDATE last_uses SET event_id = 'x' WHERE key_id = 'key-1'", OtherUse)]
    [InlineData("UPDATE last_uses SET name = 'Decrypt' WHERE key_id = 'key-1'", OtherUse)]
    [InlineData("UPDATE last_uses SET request_id = 'x' WHERE key_id = 'key-1'", OtherUse)]
    [InlineData("UPDATE last_uses SET region = 'us-west-2' WHERE key_id = 'key-1'", OtherUse)]
    public async Task VerifyFiles_IndexWasChanged_SaysWhatItHasOtherwise(string sql, string message)
    {
        await FillAsync();
        Change(sql);
        using IStateStore store = Open();
        StoreFinding finding = Assert.Single(Find(store));
        Assert.Equal(
            (StoreFindingKind.FILE_DAMAGED, "events.db", Index, message), (finding.Kind, finding.Subject, finding.Path, finding.Message));
    }

    // What the message says to do.
    [Fact]
    public async Task VerifyFiles_IndexIsDeletedAndMadeAgain_FindsNothing()
    {
        await FillAsync();
        Change("DELETE FROM event_lists");
        File.Delete(Index);
        using IStateStore store = Open();
        Assert.Equal(300, store.Events.Query(new EventQuery { KeyId = "key-1" }).Count());
        Assert.Equal([], Verify(store));
    }

    // As in a copy or a backup, which keep the last uses and let the index be made again.
    [Fact]
    public async Task VerifyFiles_NothingIsIndexedYet_LooksForUsesInTheSegments()
    {
        await FillAsync();
        Change("DELETE FROM event_lists; DELETE FROM segments");
        using IStateStore store = Open();
        Assert.Equal([], Verify(store));
        Change("UPDATE last_uses SET event_id = 'x' WHERE key_id = 'key-1'");
        Assert.Equal([OtherUse], Verify(store));
    }

    [Fact]
    public async Task VerifyFiles_ListsWithoutTheirSegment_AreFoundAndDoNotKeepItFromBeingIndexed()
    {
        await FillAsync();
        Change("DELETE FROM segments");
        using IStateStore store = Open();
        Assert.Equal(["'events.db' is not what the event log says. It has lists of a segment that it does not have. " + Cure], Verify(store));
        for (int i = 0; i < 4096 - 603; i++)
        {
            store.Events.Append(NewEvent($"more-{i}", At(1000 + i), "key-1"));
        }

        store.Dispose();
        using IStateStore again = Open();
        Assert.Equal([], Verify(again));
        Assert.Equal(300, again.Events.Query(new EventQuery { KeyId = "key-2" }).Count());
    }

    // What a power loss took is noted when the store is opened: its last uses are known longer than its events.
    [Fact]
    public async Task VerifyFiles_EventsThatWereIndexedAreGone_FindsNothing()
    {
        await FillAsync();
        using (FileStream segment = new(Path.Combine(Folder, "events", "00000001.log"), FileMode.Open, FileAccess.Write))
        {
            segment.SetLength(segment.Length / 2);
        }

        using IStateStore store = Open();
        Assert.True(Assert.Single(store.Events.Repairs).MissingEvents > 200);
        Assert.Equal([], Verify(store));
        Assert.NotNull(store.Events.FindLastUsage(Region, "key-1"));
        Assert.Equal([], Verify(store));
    }

    // The damage is that of the segment, which says so itself.
    [Fact]
    public async Task VerifyFiles_SegmentIsDamaged_DoesNotBlameTheIndex()
    {
        await FillAsync();
        using IStateStore store = Open();
        string file = Path.Combine(Folder, "events", "00000001.log");
        using (FileStream segment = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            segment.Position = segment.Length / 2;
            int there = segment.ReadByte();
            segment.Position--;
            segment.WriteByte((byte)(there ^ 1));
        }

        Assert.Equal([], Verify(store));
    }

    // The last use of a key is known longer than its event.
    [Fact]
    public async Task VerifyFiles_SegmentsWereDropped_FindsNothing()
    {
        await FillAsync();
        using IStateStore store = Open();
        Write(store, static transaction => transaction.WriteEventLog(new EventLogSettings { MaxAgeInDays = 1 }));
        await AppendAsync(store, Enumerable.Range(0, 600).Select(i => NewEvent($"late-{i}", "2026-06-01T00:00:00Z", "key-3")));
        EventLogSettings settings = new() { MaxAgeInDays = 1 };
        for (int i = 0; store.Events.FindExcess(settings, Time("2026-06-05T00:00:00Z")) is var excess; i++)
        {
            if (excess.Length > 0)
            {
                store.Events.Drop(excess);
                break;
            }

            Assert.True(i < 1000, "No segment was completed.");
            await AppendAsync(store, [NewEvent($"next-{i}", "2026-06-01T00:00:00Z", "key-3")]);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.NotNull(store.Events.FindLastUsage(Region, "key-1"));
        Assert.Equal([], Verify(store));
    }

    private static string KeyOf(int number) => number % 2 == 0 ? "key-1" : "key-2";

    private static string At(int number) => Time("2026-03-04T00:00:00Z").AddMilliseconds(number).ToString("O");

    private static string[] Verify(IStateStore store) => [.. Find(store).Select(static finding => finding.Message)];

    private static List<StoreFinding> Find(IStateStore store)
    {
        List<StoreFinding> found = [];
        store.VerifyFiles(found.Add);
        return found;
    }

    // Three commits, and 600 calls that change nothing: what a process indexes at its end.
    private async Task FillAsync()
    {
        using IStateStore store = Open();
        for (int i = 0; i < 3; i++)
        {
            Write(store, transaction => transaction.Append(NewEvent($"change-{i}", "2026-03-01T00:00:00Z", null, name: "CreateKey", isUse: false)));
        }

        await AppendAsync(store, Enumerable.Range(0, 600).Select(i => NewEvent($"{i}", At(i), KeyOf(i))));
    }

    private void Change(string sql)
    {
        using Database index = new(Index);
        index.Execute(sql);
    }
}
