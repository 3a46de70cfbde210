using System.Diagnostics;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Identifiers;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>Stores are created where there is nothing of a store, and nowhere else.</summary>
public sealed class StoreBirthTests : StoreFixture
{
    private const string NoTracing = "strace, which delays and kills at system calls, is not here or may not trace.";

    private static readonly string[] s_wal = ["state.db-wal", "state.db-shm"];
    private static readonly string[] s_events = ["events.db", "events.db-wal", "events.db-shm"];

    public enum Ending
    {
        Stopped,
        Killed,
    }

    public enum Fault
    {
        Missing,
        NoBytes,
        NoSchema,
    }

    [Theory]
    [InlineData(Ending.Stopped, Fault.Missing)]
    [InlineData(Ending.Stopped, Fault.NoBytes)]
    [InlineData(Ending.Stopped, Fault.NoSchema)]
    [InlineData(Ending.Killed, Fault.Missing)]
    [InlineData(Ending.Killed, Fault.NoBytes)]
    [InlineData(Ending.Killed, Fault.NoSchema)]
    public async Task Open_StateIsGoneAndAnyOtherPartIsThere_IsRefusedAndNothingIsTouched(Ending ending, Fault fault)
    {
        await CreateAsync(ending);
        string[][] groups = [["root.key"], s_events, ["backups"], .. ending == Ending.Killed ? [s_wal] : Array.Empty<string[]>()];
        for (int choice = fault == Fault.Missing ? 1 : 0; choice < 1 << groups.Length; choice++)
        {
            string[] kept = [.. groups.Where((_, group) => (choice & (1 << group)) != 0).SelectMany(static group => group)];
            string folder = $"{Folder}-{choice}";
            Copy(Folder, folder, kept);
            Damage(Path.Combine(folder, "state.db"), fault);
            string[] before = Look(folder);

            string message = Refused(folder);

            Assert.StartsWith(
                $"The store in '{folder}' is not complete: 'state.db' is "
                    + $"{(fault == Fault.Missing ? "missing" : "empty")}", message, StringComparison.Ordinal);
            Assert.Equal(!kept.Contains("root.key"), message.Contains("and 'root.key' is missing", StringComparison.Ordinal));
            Assert.All(
                kept.Where(part => Path.Exists(Path.Combine(folder, part))),
                part => Assert.Contains($"'{part}'", message, StringComparison.Ordinal));
            Assert.Equal(before, Look(folder));
        }
    }

    [Fact]
    public async Task Open_StateIsMissing_NamesWhatIsThereAndWhatToDo()
    {
        await CreateAsync(Ending.Killed);
        File.Delete(Path.Combine(Folder, "state.db"));
        File.WriteAllText(Path.Combine(Folder, "connect-cks-1.lock"), "");
        Assert.Equal(
            $"The store in '{Folder}' is not complete: 'state.db' is missing, but 'root.key', 'state.db-wal', 'state.db-shm', "
                + "'events.db', 'events.db-wal', "
            + "'events.db-shm', 'events', 'backups' and 'connect-cks-1.lock' are there. Nothing was changed. Put back what is missing, or restore "
            + "the whole folder from "
            + "a backup. To create a new store, choose another folder.",
            Refused(Folder));
    }

    [Fact]
    public async Task Open_StateIsPutBackAfterTheRefusal_NothingIsLost()
    {
        string[] keys = await CreateAsync(Ending.Killed);
        string file = Path.Combine(Folder, "state.db");
        File.Move(file, file + ".elsewhere");
        Refused(Folder);
        File.WriteAllBytes(file, []);
        Refused(Folder);
        File.Move(file + ".elsewhere", file, overwrite: true);

        using IStateStore store = Open();
        Assert.All(keys, key => Assert.NotNull(Read(store, reader => reader.FindKey(Region, key))));
    }

    [Theory]
    [InlineData("root.key", "'root.key' is there")]
    [InlineData("events.db", "'events.db' is there")]
    [InlineData("requests.map", "'requests.map' is there")]
    [InlineData("backups.lock", "'backups.lock' is there")]
    [InlineData("state.db-wal", "'state.db-wal' is there")]
    [InlineData("state.db-journal", "'state.db-journal' is there")]
    public void Open_OnePartAlone_IsRefused(string name, string expected)
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllBytes(Path.Combine(Folder, name), RandomNumberGenerator.GetBytes(32));
        string[] before = Look(Folder);
        Assert.Contains(expected, Refused(Folder), StringComparison.Ordinal);
        Assert.Equal(before, Look(Folder));
    }

    [Fact]
    public void Open_FilesThatAreNoPartOfAStore_DoNotMatter()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "lost+found"));
        File.WriteAllText(Path.Combine(Folder, "notes.txt"), "mine");
        Open().Dispose();
        Assert.Equal("mine", File.ReadAllText(Path.Combine(Folder, "notes.txt")));
    }

    [Fact]
    public void Open_NameOfTheFolderMeansSomethingInUris_StoreIsFoundAgain()
    {
        string folder = Folder + (OperatingSystem.IsWindows() ? " %41#1&2" : " %41#1&2?immutable=0\\");
        string installation;
        using (IStateStore store = Open(folder))
        {
            installation = store.Properties.InstallationId;
        }

        using IStateStore again = Open(folder);
        Assert.Equal(installation, again.Properties.InstallationId);
        Assert.Single(Directory.GetDirectories(Path.GetDirectoryName(Folder)!));
    }

    [Fact]
    public void Open_TemporaryOverAPartOfAStore_IsRefusedAndThePartStays()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllBytes(Path.Combine(Folder, "root.key"), new byte[32]);
        string message = Assert.Throws<StateStoreException>(
            () => new StoreFactory().Open(new StateStoreOptions { Folder = Folder, Temporary = true })).Message;
        Assert.Contains("would be deleted", message, StringComparison.Ordinal);
        Assert.Equal(new byte[32], File.ReadAllBytes(Path.Combine(Folder, "root.key")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public async Task Open_RootKeyIsMissingOrDamaged_IsRefusedAndNothingIsTouched(int length)
    {
        await CreateAsync(Ending.Killed);
        string file = Path.Combine(Folder, "root.key");
        File.WriteAllBytes(file, new byte[length]);
        string[] before = Look(Folder);
        Assert.Equal($"'{file}' is damaged. Restore it from a backup.", Refused(Folder));
        Assert.Equal(before, Look(Folder));

        File.Delete(file);
        before = Look(Folder);
        Assert.Equal($"'{file}' is missing. Nothing in this store can be decrypted without it. Restore it from a backup.", Refused(Folder));
        Assert.Equal(before, Look(Folder));
    }

    [Fact]
    public async Task Open_RootKeyOfAnotherStore_StateAndItsLogStay()
    {
        await CreateAsync(Ending.Killed);
        File.WriteAllBytes(Path.Combine(Folder, "root.key"), new byte[32]);
        string[] before = Look(Folder, static name => name != "state.db-shm");
        Assert.Contains("is not the key of this store", Refused(Folder), StringComparison.Ordinal);
        Assert.Equal(before, Look(Folder, static name => name != "state.db-shm"));
    }

    [Fact]
    public void Open_StoreOfAnEarlierVersionThatIsWholeInItsLog_Opens()
    {
        // What earlier versions left when they were killed before their first checkpoint.
        Directory.CreateDirectory(Folder);
        byte[] key = RandomNumberGenerator.GetBytes(32);
        File.WriteAllBytes(Path.Combine(Folder, "root.key"), key);
        string file = Path.Combine(Folder, "state.db");
        File.WriteAllBytes(file, []);
        using (StateFile writer = StateFile.OpenWriter(file, TimeSpan.FromSeconds(1)))
        using (StoreSecrets secrets = StoreSecrets.Generate())
        using (RootKey rootKey = new(key))
        {
            StateStoreProperties properties = new(
                "an installation",
                AccountId.Parse("111122223333"),
                RegionName.Parse("eu-west-3"),
                false,
                Time("2026-01-02T03:04:05Z"));
            writer.Database.AuthenticateRows(secrets.Rows);
            writer.Upgrade(TimeSpan.FromSeconds(1), rootKey, fill: () =>
            {
                writer.Store.Insert(properties, rootKey);
                writer.StoreSecrets.Insert(secrets, rootKey);
                writer.RootKeys.InsertFirst(properties.CreationDate);
            });
        }

        using (Database alone = Database.OpenWithoutLog(file))
        {
            Assert.True(Schema.IsEmpty(alone));
        }

        Assert.True(new FileInfo(file + "-wal").Length > 100_000);
        using IStateStore store = Open();
        Assert.Equal("eu-west-3", store.Properties.Region);
    }

    [Fact]
    public async Task Open_AgainInThisProcess_LocksOnTheStateStay()
    {
        using IStateStore store = Open();
        Open().Dispose();
        ChildProcess.WriteBoth(store, "key-1");

        // The last one that closes a database moves its log into it and deletes the log.
        await ChildProcess.FinishAsync(ChildProcess.Start("change", Folder), Cancellation);
        Assert.True(File.Exists(Path.Combine(Folder, "state.db-wal")));
        ChildProcess.WriteBoth(store, "key-2");
        Assert.Equal(3, Read(store, static reader => reader.CountKeys(Region)));
    }

    [Fact]
    public async Task Open_TwoCreateAndOneIsHeldBeforeItNamesRootKey_RootKeyNeverChanges()
    {
        Assert.SkipUnless(ChildProcess.CanTrace(), NoTracing);
        using Process held = ChildProcess.StartTraced(
            "create", Folder, "-e", "trace=rename,renameat2", "-e", "inject=rename,renameat2:delay_enter=8000000:when=1");
        while (!Directory.Exists(Folder)
            || !Directory.GetFiles(Folder, "root.key*", SearchOption.AllDirectories).Any(static file => new FileInfo(file).Length == 32))
        {
            Assert.False(held.HasExited);
            await Task.Delay(20, Cancellation);
        }

        string installation;
        byte[] rootKey;
        using (IStateStore store = Open())
        {
            installation = store.Properties.InstallationId;
            rootKey = File.ReadAllBytes(Path.Combine(Folder, "root.key"));
            ChildProcess.WriteBoth(store, "key-1");
        }

        Assert.Equal(installation, await ChildProcess.FinishAsync(held, Cancellation));
        Assert.Equal(rootKey, File.ReadAllBytes(Path.Combine(Folder, "root.key")));
        using IStateStore again = Open();
        Assert.NotNull(Read(again, static reader => reader.FindKey(Region, "key-1")));
        Assert.Equal(["events"], Directory.GetDirectories(Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Open_CreatorIsHeldBetweenRootKeyAndState_AnotherProcessCompletesTheStore()
    {
        Assert.SkipUnless(ChildProcess.CanTrace(), NoTracing);
        using Process held = ChildProcess.StartTraced(
            "create", Folder, "-e", "trace=renameat2", "-e", "inject=renameat2:delay_enter=8000000:when=2");
        string rootKey = Path.Combine(Folder, "root.key");
        while (!File.Exists(rootKey))
        {
            Assert.False(held.HasExited);
            await Task.Delay(20, Cancellation);
        }

        byte[] before = File.ReadAllBytes(rootKey);
        Assert.False(File.Exists(Path.Combine(Folder, "state.db")));
        string installation;
        using (IStateStore store = Open())
        {
            installation = store.Properties.InstallationId;
        }

        Assert.Equal(before, File.ReadAllBytes(rootKey));
        Assert.Equal(installation, await ChildProcess.FinishAsync(held, Cancellation));
        Assert.Equal(before, File.ReadAllBytes(rootKey));
    }

    // What a birth syncs: 11 times in the folder where the store is made, after root.key and after state.db; what follows is events.db.
    public static TheoryData<string, int> SystemCalls =>
    [
        .. Enumerable.Range(1, 16).Select(static number => ("fsync,fdatasync", number)), ("renameat2", 1), ("renameat2", 2), ("rmdir", 1),
    ];

    [Theory]
    [MemberData(nameof(SystemCalls))]
    public async Task Open_CreatorWasKilledAtASystemCall_NextOneOpensAndNothingIsLeftOver(string calls, int number)
    {
        Assert.SkipUnless(ChildProcess.CanTrace(), NoTracing);
        using (Process child = ChildProcess.StartTraced(
            "create",
            Folder,
            "-e",
            "trace=" + calls,
            "-e",
            $"inject={calls}:signal=KILL:when={number}"))
        {
            await child.StandardOutput.ReadToEndAsync(Cancellation);
            await child.WaitForExitAsync(Cancellation);
            Assert.NotEqual(0, child.ExitCode);
        }

        byte[]? rootKey = File.Exists(Path.Combine(Folder, "root.key")) ? File.ReadAllBytes(Path.Combine(Folder, "root.key")) : null;
        RequireHealed(rootKey);
    }

    [Fact]
    public async Task Open_CreatorWasKilledAtAnyMoment_NextOneOpensAndNothingIsLeftOver()
    {
        int rounds = TestStores.Kills(usual: 10, full: 20);
        for (int round = 0; round < rounds; round++)
        {
            using (Process child = ChildProcess.Start("create and say when", Folder))
            {
                Assert.Equal("ready", await child.StandardOutput.ReadLineAsync(Cancellation));
                await Task.Delay(100 * round / rounds, Cancellation);
                child.Kill();
                await child.WaitForExitAsync(Cancellation);
            }

            byte[]? rootKey = File.Exists(Path.Combine(Folder, "root.key")) ? File.ReadAllBytes(Path.Combine(Folder, "root.key")) : null;
            RequireHealed(rootKey);
            Directory.Delete(Folder, recursive: true);
        }
    }

    private void RequireHealed(byte[]? rootKey)
    {
        using (IStateStore store = Open())
        {
            ChildProcess.WriteBoth(store, "key-1");
        }

        Assert.Equal(
            ["events", "events.db", "root.key", "state.db"],
            Directory.GetFileSystemEntries(Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        if (rootKey is not null)
        {
            Assert.Equal(rootKey, File.ReadAllBytes(Path.Combine(Folder, "root.key")));
        }
    }

    // A store with ten keys, and the IDs of the keys.
    private async Task<string[]> CreateAsync(Ending ending)
    {
        List<string> keys = new();
        if (ending == Ending.Stopped)
        {
            using IStateStore store = Open();
            for (int i = 0; i < 10; i++)
            {
                keys.Add($"key-{i}");
                ChildProcess.WriteBoth(store, keys[i]);
            }
        }
        else
        {
            using Process child = ChildProcess.Start("write until killed", Folder);
            while (keys.Count < 10)
            {
                keys.Add((await child.StandardOutput.ReadLineAsync(Cancellation))!);
            }

            child.Kill();
            await child.WaitForExitAsync(Cancellation);
            Assert.True(new FileInfo(Path.Combine(Folder, "state.db-wal")).Length > 0);
        }

        Directory.CreateDirectory(Path.Combine(Folder, "backups", "backup-1"));
        File.WriteAllText(Path.Combine(Folder, "backups", "backup-1", "manifest.json"), "{}");
        return [.. keys];
    }

    private static void Copy(string from, string to, string[] names)
    {
        Directory.CreateDirectory(to);
        foreach (string name in names.Where(name => Path.Exists(Path.Combine(from, name))))
        {
            if (File.Exists(Path.Combine(from, name)))
            {
                File.Copy(Path.Combine(from, name), Path.Combine(to, name));
            }
            else
            {
                Directory.CreateDirectory(Path.Combine(to, name, "backup-1"));
            }
        }
    }

    private static void Damage(string file, Fault fault)
    {
        switch (fault)
        {
            case Fault.NoBytes:
                File.WriteAllBytes(file, []);
                break;
            case Fault.NoSchema:
                // Made elsewhere: SQLite would take the log that is here for its own.
                string empty = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(file))!, $"empty-{Guid.NewGuid():N}.db");
                File.WriteAllBytes(empty, []);
                using (Database database = new(empty))
                {
                    database.Execute("PRAGMA journal_mode = WAL");
                }

                Assert.Equal(4096, new FileInfo(empty).Length);
                File.Move(empty, file);
                break;
        }
    }

    // Bytes and times of everything in a folder, and the time of the folder itself.
    private static string[] Look(string folder, Func<string, bool>? choose = null) =>
    [
        $"{Directory.GetLastWriteTimeUtc(folder).Ticks}",
        .. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .Where(found => choose?.Invoke(found.Name) ?? true)
            .OrderBy(static found => found.FullName, StringComparer.Ordinal)
            .Select(static found => $"{found.FullName} {found.LastWriteTimeUtc.Ticks} "
                + (found is FileInfo file ? Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file.FullName))) : "")),
    ];

    private static string Refused(string folder) => Assert.Throws<StateStoreException>(() => Open(folder)).Message;
}
