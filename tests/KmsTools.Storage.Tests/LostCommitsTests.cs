using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;

namespace KmsTools.Storage.Tests;

/// <summary>A state.db that has lost changes which the event log knows, as after a log that was cut, or an older copy of the file.</summary>
public sealed class LostCommitsTests : StoreFixture
{
    private string State => Path.Combine(Folder, "state.db");

    private string Log => State + "-wal";

    [Fact]
    public void Open_NothingIsLost_Opens()
    {
        Change("1", "2", "3");
        using IStateStore store = Open();
        Assert.Null(store.LostChanges);
        Assert.Equal(3, Read(store, static reader => reader.CountKeys(Region)));
    }

    [Theory]
    [InlineData(1, "the newest change is missing in 'state.db'. It ends with change 2, and")]
    [InlineData(2, "the newest 2 changes are missing in 'state.db'. It ends with change 1, and")]
    [InlineData(3, "the newest 3 changes are missing in 'state.db'. It ends with change 0, and")]
    public void Open_NewestChangesAreLost_IsRefusedWithTheirNumber(int lost, string what)
    {
        Lose(lost);
        byte[] before = File.ReadAllBytes(State);
        StateStoreException refused = Assert.Throws<StateStoreException>(() => Open().Dispose());
        Assert.Equal(
            $"The store in '{Folder}' has lost changes: {what} the event log has the events of changes up to 3. 'state.db' or its log was "
                + "damaged, cut or deleted, or is an older copy. Nothing was changed. Restore the whole folder from a backup, or accept "
                + "the loss explicitly.",
            refused.Message);
        Assert.Equal(new LostChanges(3 - lost, 3), refused.LostChanges);
        Assert.Equal(lost, refused.LostChanges!.Count);
        Assert.Equal(before, File.ReadAllBytes(State));
    }

    // Without the index, all that the check knows is in the segments.
    [Fact]
    public void Open_ChangesAndTheIndexAreLost_IsRefused()
    {
        Lose(2);
        foreach (string file in Directory.GetFiles(Folder, "events.db*"))
        {
            File.Delete(file);
        }

        Assert.Equal(new LostChanges(1, 3), Assert.Throws<StateStoreException>(() => Open().Dispose()).LostChanges);
    }

    // As a process that was killed after it had completed a segment and before all of it was indexed.
    [Fact]
    public void Open_ChangesAreLostWhoseSegmentIsCompleteAndNotWhollyIndexed_IsRefused()
    {
        Change("1");
        byte[] state = File.ReadAllBytes(State);
        byte[] index = File.ReadAllBytes(Path.Combine(Folder, "events.db"));
        Change("2", "3");
        string storeId;
        using (IStateStore store = Open())
        {
            storeId = store.Properties.InstallationId;
        }

        SegmentFolder segments = new(Path.Combine(Folder, "events"), storeId, isDurable: true);
        SegmentShelf shelf = new(segments, new Catalogue(segments), static _ => null);
        shelf.Seal(shelf.TryTake(1)!);
        File.WriteAllBytes(State, state);
        File.WriteAllBytes(Path.Combine(Folder, "events.db"), index);
        Assert.Equal(new LostChanges(1, 3), Assert.Throws<StateStoreException>(() => Open().Dispose()).LostChanges);
    }

    // The index only says where to look: what refuses a store is what the events themselves say.
    [Theory]
    [InlineData(200)]
    [InlineData(0)]
    public void Open_OnlyTheIndexKnowsMore_Opens(int indexed)
    {
        Change("1", "2", "3");
        using (Database index = new(Path.Combine(Folder, "events.db")))
        {
            index.Execute($"INSERT INTO segments VALUES (1, {indexed}, zeroblob(32), 0, 0, 0, 4611686018427387904)");
        }

        using IStateStore store = Open();
        Assert.Null(store.LostChanges);
    }

    // The log is as the damage left it, so that it can still be looked at.
    [Fact]
    public void Open_TheLogOfAKilledProcessIsDamaged_IsRefusedAndLeavesTheLog()
    {
        byte[] state;
        byte[] log;
        using (IStateStore store = Open())
        {
            Change(store, "1", "2", "3");
            state = File.ReadAllBytes(State);
            log = File.ReadAllBytes(Log);
        }

        // The last bytes belong to the last commit.
        log[^1] ^= 1;
        File.WriteAllBytes(State, state);
        File.WriteAllBytes(Log, log);
        File.Delete(State + "-shm");
        Assert.Equal(new LostChanges(2, 3), Assert.Throws<StateStoreException>(() => Open().Dispose()).LostChanges);
        Assert.Equal(log, File.ReadAllBytes(Log));
        log[^1] ^= 1;
        File.WriteAllBytes(Log, log);
        using IStateStore whole = Open();
        Assert.Equal(3, Read(whole, static reader => reader.CountKeys(Region)));
    }

    [Fact]
    public void Open_LossIsAccepted_GoesOnWithNumbersThatWereNeverUsed()
    {
        Lose(2);
        using (IStateStore store = new StoreFactory().Open(new StateStoreOptions { Folder = Folder, AcceptLostChanges = true }))
        {
            Assert.Equal(new LostChanges(1, 3), store.LostChanges);
            Assert.Equal(1, Read(store, static reader => reader.CountKeys(Region)));

            // Nothing is accepted before something is committed.
            Assert.NotNull(Assert.Throws<StateStoreException>(() => Open().Dispose()).LostChanges);
            Change(store, "4");
            Assert.Equal(4, Read(store, static reader => reader.ReadChanges(null)).Number);
        }

        using IStateStore again = Open();
        Assert.Null(again.LostChanges);
        Assert.Equal(["1", "2", "3", "4"], Ids(again.Events.Query(new EventQuery())));
    }

    [Theory]
    [InlineData("the folder", "its event log is missing, the folder 'events' or the catalogue in it", "The event log is missing.")]
    [InlineData("the catalogue", "its event log is missing, the folder 'events' or the catalogue in it", "The event log is missing.")]
    [InlineData(
        "the header of the catalogue", "the catalogue of its event log, 'events/catalogue.log', is damaged", "The event log is damaged.")]
    public void Open_EventLogIsMissing_IsRefusedUntilItIsBackOrItsLossIsAccepted(string what, string fault, string reason)
    {
        Change("1", "2");
        string events = Path.Combine(Folder, "events");
        string kept = events + "-kept";
        Directory.CreateDirectory(kept);
        foreach (string file in Directory.GetFiles(events))
        {
            File.Copy(file, Path.Combine(kept, Path.GetFileName(file)));
        }

        string catalogue = Path.Combine(events, "catalogue.log");
        switch (what)
        {
            case "the folder":
                Directory.Delete(events, recursive: true);
                break;
            case "the catalogue":
                File.Delete(catalogue);
                break;
            default:
                File.WriteAllBytes(catalogue, File.ReadAllBytes(catalogue)[..50]);
                break;
        }

        string[] before = Directory.GetFileSystemEntries(Folder);
        string[] left = Directory.Exists(events) ? Directory.GetFiles(events) : [];
        StateStoreException refused = Assert.Throws<StateStoreException>(() => Open().Dispose());
        Assert.Equal(
            $"The store in '{Folder}' is not complete: {fault}. Nothing was changed. Put it back, or restore the whole folder from a backup, or "
                + "accept explicitly that the events which are missing are lost.",
            refused.Message);
        Assert.True(refused.HasLostEvents);
        Assert.Equal(reason, refused.Reason);

        // The log of SQLite stays where a store is refused, empty as here or not.
        Assert.Equal(before.Order(), Directory.GetFileSystemEntries(Folder).Where(static path => !path.Contains("state.db-")).Order());
        Assert.Equal(left, Directory.Exists(events) ? Directory.GetFiles(events) : []);
        Directory.CreateDirectory(events);
        File.Copy(Path.Combine(kept, "catalogue.log"), catalogue, overwrite: true);
        File.Copy(Path.Combine(kept, "00000001.log"), Path.Combine(events, "00000001.log"), overwrite: true);
        using (IStateStore store = Open())
        {
            Assert.Empty(store.Events.Repairs);
            Assert.Equal(["1", "2"], Ids(store.Events.Query(new EventQuery())));
        }

        Directory.Delete(events, recursive: true);
        using (IStateStore store = new StoreFactory().Open(new StateStoreOptions { Folder = Folder, AcceptLostChanges = true }))
        {
            Assert.Equal([new EventLogRepair(0, 0, 0, IsDamaged: true)], store.Events.Repairs);
            Assert.Equal(2, Read(store, static reader => reader.CountKeys(Region)));
            Change(store, "3");
        }

        using IStateStore again = Open();
        Assert.Empty(again.Events.Repairs);
        Assert.Equal(["3"], Ids(again.Events.Query(new EventQuery())));
    }

    // Of a catalogue that is lost nothing else is: the segments are taken into a new one.
    [Theory]
    [InlineData(-1)]
    [InlineData(10)]
    [InlineData(120)]
    public void Open_CatalogueIsLostOrDamaged_KeepsTheEventsOfTheSegments(int flipped)
    {
        Change("1", "2");
        Complete();
        Change("3");
        string catalogue = Path.Combine(Folder, "events", "catalogue.log");
        if (flipped < 0)
        {
            File.Delete(catalogue);
        }
        else
        {
            byte[] content = File.ReadAllBytes(catalogue);
            content[flipped] ^= 1;
            File.WriteAllBytes(catalogue, content);
        }

        Assert.True(Assert.Throws<StateStoreException>(() => Open().Dispose()).HasLostEvents);
        using (IStateStore store = new StoreFactory().Open(new StateStoreOptions { Folder = Folder, AcceptLostChanges = true }))
        {
            Assert.Equal(
                [(0, true, 0L), (1, false, 0L), (2, false, 0L)],
                store.Events.Repairs.Select(static repair => (repair.Segment, repair.IsDamaged, repair.MissingEvents)));
            Change(store, "4");
        }

        using IStateStore again = Open();
        Assert.Empty(again.Events.Repairs);
        Assert.Equal(["1", "2", "3", "4"], Ids(again.Events.Query(new EventQuery())));
        Assert.All(again.Events.Verify([]), static segment => Assert.Equal(EventSegmentStatus.OK, segment.Status));
        Assert.Equal(flipped >= 0, File.Exists(catalogue + ".damaged"));
    }

    // A crash, or a cut: the segment that the record named is taken in.
    [Fact]
    public void Open_CatalogueEndsWithAnIncompleteRecord_IsNotedAndCured()
    {
        Change("1", "2");
        string catalogue = Path.Combine(Folder, "events", "catalogue.log");
        byte[] content = File.ReadAllBytes(catalogue);
        File.WriteAllBytes(catalogue, content[..^1]);
        using (IStateStore store = Open())
        {
            Assert.Equal([0, 1], store.Events.Repairs.Select(static repair => repair.Segment));
            Assert.Equal((false, content.Length - 1), (store.Events.Repairs[0].IsDamaged, store.Events.Repairs[0].Position + store.Events.Repairs[0].Bytes));
            Change(store, "3");
        }

        using IStateStore again = Open();
        Assert.Empty(again.Events.Repairs);
        Assert.Equal(["1", "2", "3"], Ids(again.Events.Query(new EventQuery())));
        Assert.All(again.Events.Verify([]), static segment => Assert.Equal(EventSegmentStatus.OK, segment.Status));
    }

    // A store that has no change yet has lost nothing: its process died before it began the log.
    [Fact]
    public void Open_EventLogIsMissingAndThereIsNoChange_Begins()
    {
        Change();
        Directory.Delete(Path.Combine(Folder, "events"), recursive: true);
        using IStateStore store = Open();
        Assert.Empty(store.Events.Repairs);
    }

    // Once each: it is given up then.
    [Fact]
    public void Open_SegmentIsMissing_IsNotedOnce()
    {
        Change("1", "2");
        File.Delete(Path.Combine(Folder, "events", "00000001.log"));
        using (IStateStore store = Open())
        {
            Assert.Equal([new EventLogRepair(1, 0, 0, IsDamaged: true)], store.Events.Repairs);
            Change(store, "3");
        }

        using IStateStore again = Open();
        Assert.Empty(again.Events.Repairs);
        Assert.Equal(["3"], Ids(again.Events.Query(new EventQuery())));
        Assert.Contains(again.Events.Verify([]), static segment => segment is { Number: 1, Status: EventSegmentStatus.MISSING });
    }

    private static void Change(IStateStore store, params string[] names)
    {
        foreach (string name in names)
        {
            Write(store, transaction =>
            {
                transaction.InsertKey(NewKey($"key-{name}"));
                transaction.Append(NewEvent(name));
            });
        }
    }

    // The last connection that closes moves the log into state.db: nothing may keep one open.
    private void Change(params string[] names)
    {
        using (IStateStore store = Open())
        {
            Change(store, names);
        }

        Assert.False(File.Exists(State + "-wal"));
    }

    // The first segment, as if it were full.
    private void Complete()
    {
        string storeId;
        using (IStateStore store = Open())
        {
            storeId = store.Properties.InstallationId;
        }

        SegmentFolder segments = new(Path.Combine(Folder, "events"), storeId, isDurable: true);
        SegmentShelf shelf = new(segments, new Catalogue(segments), static _ => null);
        shelf.Seal(shelf.TryTake(1)!);
    }

    private void Lose(int changes)
    {
        Change([.. new[] { "1", "2", "3" }.Take(3 - changes)]);
        byte[] former = File.ReadAllBytes(State);
        Change([.. new[] { "1", "2", "3" }.Skip(3 - changes)]);
        File.WriteAllBytes(State, former);
    }
}
