using KmsTools.Auditing;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>Files that are removed, replaced or cut while a process has the store open.</summary>
public sealed class StoreIdentityTests : StoreFixture
{
    [Theory]
    [InlineData("root.key")]
    [InlineData("state.db")]
    [InlineData("state.db-wal")]
    [InlineData("state.db-shm")]
    [InlineData("events/00000001.log")]
    [InlineData("events/catalogue.log")]
    public void Change_FileRemovedOrReplaced_IsRefusedForGood(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows keeps open files where they are.");
        using IStateStore store = Open();
        Write(store, static transaction => transaction.InsertKey(NewKey("before")));
        string path = Path.Combine(Folder, name);
        byte[] content = File.ReadAllBytes(path);
        string message =
            $"The store '{Folder}' was removed, replaced or cut while this process used it: '{name}' is not the one that it has open. "
                + "Nothing more is done with it, because it would be lost. End this process, or connect again.";

        File.Delete(path);
        Assert.Equal(message, Refused(store));

        // As a restore from a copy would.
        File.WriteAllBytes(path, content);
        Assert.Equal(message, Refused(store));
        Assert.Equal(message, Assert.Throws<StateStoreException>(() => store.ReadVersion()).Message);
        Assert.Equal(message, Assert.Throws<StateStoreException>(store.Probe).Message);
    }

    [Theory]
    [InlineData("root.key")]
    [InlineData("state.db-wal")]
    [InlineData("events/00000001.log")]
    [InlineData("events/catalogue.log")]
    public void Change_FileReplacedInAFolderThatWasQuiet_IsRefused(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows keeps open files where they are.");
        using IStateStore store = Open();
        Thread.Sleep(150);
        Write(store, static transaction => transaction.InsertKey(NewKey("1")));
        Write(store, static transaction => transaction.InsertKey(NewKey("2")));
        string path = Path.Combine(Folder, name);
        string copy = Path.Combine(Path.GetDirectoryName(Folder)!, "copy");
        File.Copy(path, copy);
        File.Move(copy, path, overwrite: true);
        Assert.Contains($"'{name}' is not the one that it has open", Refused(store));
    }

    [Fact]
    public void Change_EventsCutOrTheirFolderReplaced_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows keeps open files where they are.");
        string events = Path.Combine(Folder, "events");
        using (IStateStore store = Open())
        {
            Write(store, static transaction => transaction.InsertKey(NewKey("1")));
            store.Events.Append(NewEvent("cut"));
            using (FileStream file = new(Path.Combine(events, "00000001.log"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                file.SetLength(file.Length - 1);
            }

            Assert.Contains("'events/00000001.log' is shorter than it was", Refused(store));
        }

        using IStateStore other = Open();
        Directory.Move(events, events + "-away");
        Assert.Contains("'events/00000001.log' is not the one that it has open", Refused(other));
    }

    // What is committed behind a cut could not be read again.
    [Theory]
    [InlineData("state.db")]
    [InlineData("state.db-wal")]
    public void Change_StateIsCut_IsRefusedForGood(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows keeps open files as they are.");
        using IStateStore store = Open();
        Write(store, static transaction => transaction.InsertKey(NewKey("1")));
        string path = Path.Combine(Folder, name);
        byte[] content;
        using (FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            content = new byte[file.Length];
            file.ReadExactly(content);
            file.SetLength(file.Length - 1);
        }

        string message =
            $"The store '{Folder}' was removed, replaced or cut while this process used it: '{name}' is shorter than it was. Nothing more is "
                + "done with it, because it would be lost. End this process, or connect again.";
        Assert.Equal(message, Refused(store));
        using (FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Write(content);
        }

        Assert.Equal(message, Refused(store));
        Assert.Equal(message, Assert.Throws<StateStoreException>(store.Probe).Message);
    }

    // SQLite would write what is left of the log into state.db, and zeros in place of the rest.
    [Theory]
    [InlineData("state.db", false)]
    [InlineData("state.db-wal", false)]
    [InlineData("state.db-wal", true)]
    public void Dispose_StateIsCut_LeavesItAsItIs(string name, bool isNoticed)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows keeps open files as they are.");
        string path = Path.Combine(Folder, name);
        byte[] cut;
        using (IStateStore store = Open())
        {
            Write(store, static transaction => { transaction.InsertKey(NewKey("1")); transaction.Append(NewEvent("1")); });
            Write(store, static transaction => { transaction.InsertKey(NewKey("2")); transaction.Append(NewEvent("2")); });
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            file.SetLength(name == "state.db" ? file.Length - 4096 : 20_000);
            cut = new byte[file.Length];
            file.ReadExactly(cut);
            if (isNoticed)
            {
                _ = Refused(store);
            }
        }

        Assert.Equal(cut, File.ReadAllBytes(path));
        if (name == "state.db-wal")
        {
            Assert.NotNull(Assert.Throws<StateStoreException>(() => Open().Dispose()).LostChanges);
            using IStateStore accepted = new StoreFactory().Open(new StateStoreOptions { Folder = Folder, AcceptLostChanges = true });
            Assert.Empty(Read(accepted, static reader => reader.ListKeys()));
            Assert.DoesNotContain(Find(accepted), static finding => finding.Kind != StoreFindingKind.CHANGES_LOST);
        }
    }

    // What is appended behind a cut could not be read again, and would hide that anything was cut.
    [Fact]
    public void Append_SegmentIsCut_IsRefusedAndLeavesWhatIsThere()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows keeps open files as they are.");
        string path = Path.Combine(Folder, "events", "00000001.log");
        long cut;
        using (IStateStore store = Open())
        {
            store.Events.Append(NewEvent("1"));
            long end = new FileInfo(path).Length;
            store.Events.Append(NewEvent("2"));
            cut = end;
            using (FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
            {
                file.SetLength(end);
            }

            StateStoreException refused = Assert.Throws<StateStoreException>(() => store.Events.Append(NewEvent("3")));
            Assert.Equal(
                $"'{path}' was cut while this process appended to it. Nothing more is appended. End this process, or connect again.",
                refused.Message);
            Assert.True(refused.IsReplaced);
            Assert.Contains("'events/00000001.log' is shorter than it was", Refused(store));
        }

        Assert.Equal(cut, new FileInfo(path).Length);
        using IStateStore again = Open();
        Assert.Equal(["1"], Ids(again.Events.Query(new EventQuery())));
    }

    [Fact]
    public void Change_CatalogueIsCut_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows keeps open files as they are.");
        using IStateStore store = Open();
        using (FileStream file = new(Path.Combine(Folder, "events", "catalogue.log"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.SetLength(file.Length - 1);
        }

        Assert.Contains("'events/catalogue.log' is shorter than it was", Refused(store));
    }

    // Segments are completed behind the calls, which makes the catalogue longer while a change looks at it.
    [Fact]
    public async Task Change_WhileSegmentsAreCompleted_GoesOn()
    {
        using IStateStore store = Open();
        Write(store, static transaction => transaction.WriteEventLog(new EventLogSettings { MaxSizeInBytes = 1 << 20 }));
        byte[] json = [(byte)'"', .. Enumerable.Repeat((byte)'x', 100_000), (byte)'"'];
        Task appending = Task.Run(
            () =>
            {
                for (int i = 0; i < 300; i++)
                {
                    store.Events.Append(NewEvent($"{i}") with { Json = json });
                }
            },
            Cancellation);
        while (!appending.IsCompleted)
        {
            store.BeginTransaction().Dispose();
        }

        await appending;
        Assert.True(SpinWait.SpinUntil(
            () => store.Events.ListSegments().Any(static one => one.State == EventSegmentState.SEALED), TimeSpan.FromSeconds(10)));
    }

    // The log is cut to nothing when it is begun again, and state.db grows.
    [Fact]
    public void Change_LogIsMovedIntoTheState_GoesOn()
    {
        using IStateStore store = Open();
        for (int i = 0; i < 3; i++)
        {
            Write(store, transaction => transaction.InsertKey(NewKey($"key-{i}")));
            using Database other = new(Path.Combine(Folder, "state.db"));
            Assert.Equal(0, other.ReadNumber("PRAGMA wal_checkpoint(TRUNCATE)"));
            Assert.Equal(0, new FileInfo(Path.Combine(Folder, "state.db-wal")).Length);
        }

        Write(store, static transaction => transaction.InsertKey(NewKey("last")));
        Assert.Equal(4, Read(store, static reader => reader.CountKeys(Region)));
    }

    [Fact]
    public void Change_FolderRemoved_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows keeps open files where they are.");
        using IStateStore store = Open();
        store.Probe();
        Directory.Move(Folder, Folder + "-away");
        Assert.Equal(
            $"The store '{Folder}' was removed, replaced or cut while this process used it: its folder is not the one that it has open. "
                + "Nothing more is done with it, because it would be lost. End this process, or connect again.",
            Refused(store));
    }

    [Fact]
    public void Read_FileReplaced_IsRefusedWithinASecond()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows keeps open files where they are.");
        using IStateStore store = Open();
        store.ReadVersion();
        string file = Path.Combine(Folder, "state.db");
        File.Copy(file, file + ".copy");
        File.Move(file + ".copy", file, overwrite: true);
        Thread.Sleep(1100);
        Assert.Throws<StateStoreException>(() => store.ReadVersion());
    }

    [Fact]
    public void Change_OthersComeAndGo_GoesOn()
    {
        using IStateStore store = Open();
        for (int i = 0; i < 3; i++)
        {
            using IStateStore other = Open();
            Write(other, transaction => transaction.InsertKey(NewKey($"other-{i}")));
        }

        Write(store, static transaction => transaction.InsertKey(NewKey("own")));
        store.Probe();
        Assert.Equal(4, Read(store, static reader => reader.CountKeys(Region)));
        Assert.Empty(Directory.GetFiles(Folder, "probe-*"));
    }

    private static string Refused(IStateStore store) => Assert.Throws<StateStoreException>(() => store.BeginTransaction()).Message;

    private static List<StoreFinding> Find(IStateStore store)
    {
        List<StoreFinding> found = [];
        store.VerifyFiles(found.Add);
        return found;
    }
}
