using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Databases;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.Copying;
using KmsTools.Storage.Sql;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.Tests;

/// <summary>Copies stores between folders and databases, and compares what is there row by row and event by event.</summary>
public sealed class StoreCopiesTests : StoreFixture
{
    private static readonly StoreFactory s_stores = new();

    private string Parent => Path.GetDirectoryName(Folder)!;

    private string Back => Path.Combine(Parent, "back");

    [Fact]
    public void Copy_StoreWithARowInEveryTable_ToADatabaseAndBack_IsTheSame()
    {
        RequirePostgreSql();
        Fill();
        ImmutableArray<EventSegment> heads;
        string[] events;
        KeyUse? use;
        using (IStateStore store = Open(Folder))
        {
            heads = store.Events.ListSegments();
            events = Events(store);
            use = store.Events.FindLastUsage(Region, "old");
        }

        Assert.Contains(heads, static segment => segment.State == EventSegmentState.DROPPED);
        Assert.Contains(heads, static segment => segment.State == EventSegmentState.SEALED);
        Assert.NotNull(use);
        Dictionary<string, string[]> rows = Rows(Folder);
        Assert.All(rows, static table => Assert.NotEmpty(table.Value));
        StateStoreOptions database = Database("one");
        StoreCopyCounts counts = Copy(At(Folder), database);
        Assert.Equal(events.Length, counts.Events);
        Assert.Equal(rows["keys"].Length, counts.Keys);

        using (IStateStore store = s_stores.Open(database))
        {
            Assert.Equal(events, Events(store));
            Assert.Equal(use, store.Events.FindLastUsage(Region, "old"));
            List<StoreFinding> findings = [];
            StoreFileVerification verified = store.VerifyFiles(findings.Add);
            Assert.Empty(findings);
            Assert.True(verified.Records > counts.Records, $"{verified.Records} of {counts.Records}");
            Assert.DoesNotContain(store.Events.Verify(heads), IsWrong);
            Assert.Equal([1, 2, 3], Read(store, static reader => reader.FindKey(Region, "k1"))!.Materials[0].Wrapped.ToArray());
        }

        StoreCopyCounts back = Copy(database, At(Back));
        Assert.Equal((counts.Keys, counts.Events), (back.Keys, back.Events));
        Dictionary<string, string[]> copied = Rows(Back);
        Assert.Equal(rows.Keys.Order(), copied.Keys.Order());
        Assert.All(rows, table => Assert.Equal(table.Value, copied[table.Key]));
        using (IStateStore store = Open(Back))
        {
            Assert.Equal(events, Events(store));
            Assert.Equal(use, store.Events.FindLastUsage(Region, "old"));
            Assert.DoesNotContain(store.Events.Verify(heads), IsWrong);
            List<StoreFinding> findings = [];
            store.VerifyFiles(findings.Add);
            Assert.Empty(findings);
        }

        Assert.Empty(Directory.GetFileSystemEntries(Parent, "*.restoring*"));
        Assert.Equal(
            [Storage.PostgreSql.SeenCommit.FileName],
            Directory.GetFileSystemEntries(database.Folder).Select(static entry => Path.GetFileName(entry)));
    }

    [Fact]
    public void Copy_DatabaseThatWasUsed_GoesOnInTheFolder()
    {
        RequirePostgreSql();
        StateStoreOptions database = Database("used");
        using (IStateStore store = s_stores.Open(database))
        {
            Write(store, static transaction => transaction.InsertKey(NewKey("k1", 1, 2, 3)));
            store.Events.Append(NewEvent("call", keyId: "k1"));
            Write(store, static transaction => transaction.Append(NewEvent("change", keyId: "k1")));
        }

        StoreCopyCounts counts = Copy(database, At(Folder));
        Assert.Equal((1L, 2L), (counts.Keys, counts.Events));
        using IStateStore copy = Open(Folder);
        Assert.Equal(["call", "change"], Ids(copy.Events.Query(new EventQuery())).Order());
        copy.Events.Append(NewEvent("later", keyId: "k1"));
        Write(copy, static transaction => transaction.Append(NewEvent("changed", keyId: "k1")));
        Assert.Equal(4, copy.Events.Query(new EventQuery()).Count());
        Assert.DoesNotContain(copy.Events.Verify([]), IsWrong);
    }

    [Fact]
    public void Copy_SealedStore_StaysSealedByTheSame()
    {
        RequirePostgreSql();
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        RecoveryKeyOpener opener = new(recoveryKey);
        using (IStateStore store = Open(Folder))
        {
            using SealKey key = SealKey.Generate();
            Seal seal = Seal.Create(key, [opener]);
            Write(store, transaction => transaction.SealRootKey(seal, key));
            store.ForgetFormerRootKeyFile();
        }

        StateStoreOptions from = At(Folder) with { Unlock = seal => seal.Open(opener) };
        StateStoreOptions database = Database("sealed") with { Unlock = seal => seal.Open(opener) };
        database = database with { Shared = database.Shared! with { RootKeyFile = null } };
        Copy(from, database);
        using (IStateStore store = s_stores.Open(database))
        {
            Assert.NotNull(store.ReadSeal());
        }

        Assert.Equal(
            SealFault.Locked, Assert.Throws<StateStoreException>(() => s_stores.Open(database with { Unlock = null })).SealFault);
        Copy(database, At(Back));
        Assert.Equal("KMSTLOCK"u8, File.ReadAllBytes(Path.Combine(Back, "root.key")).AsSpan(0, 8));
        using IStateStore back = s_stores.Open(At(Back) with { Unlock = seal => seal.Open(opener) });
        Assert.NotNull(back.ReadSeal());
    }

    [Fact]
    public void Copy_WhereThereIsAStore_IsRefusedAndNothingIsChanged()
    {
        RequirePostgreSql();
        Open(Folder).Dispose();
        StateStoreOptions database = Database("full");
        s_stores.Open(database).Dispose();
        string location = s_stores.Databases.Locate(database.Shared!);
        Assert.StartsWith(
            $"There is a store in the database '{location}' already. Nothing was copied.", Refused(At(Folder), database));
        Open(Back).Dispose();
        Assert.Equal(
            $"There is a store in '{Back}' already. Nothing was copied. Choose a new folder.", Refused(At(Folder), At(Back)));
        Assert.Equal(
            $"There is a store in '{Folder}' already. Nothing was copied. Choose a new folder.", Refused(At(Folder), At(Folder)));
        string within = Path.Combine(Folder, "copy");
        Assert.StartsWith($"'{within}' is in the folder of the store that is copied.", Refused(At(Folder), At(within)));
        string none = Path.Combine(Parent, "none");
        Assert.Equal($"There is no store in '{none}'. Nothing was copied.", Refused(At(none), At(Path.Combine(Parent, "new"))));
        Assert.False(Directory.Exists(none));
    }

    [Fact]
    public void Copy_RootKeyFileThatIsThere_IsRefusedAndStays()
    {
        RequirePostgreSql();
        Open(Folder).Dispose();
        StateStoreOptions database = Database("file");
        Directory.CreateDirectory(Path.GetDirectoryName(database.Shared!.RootKeyFile!)!);
        File.WriteAllText(database.Shared.RootKeyFile!, "of something else");
        Assert.StartsWith($"'{database.Shared.RootKeyFile}' exists already", Refused(At(Folder), database));
        Assert.Equal("of something else", File.ReadAllText(database.Shared.RootKeyFile!));
    }

    [Theory]
    [InlineData("UPDATE keys SET description = 'changed'", "The record region=eu-central-1, key_id=k1 in table 'keys'")]
    [InlineData("DELETE FROM aliases", null)]
    public void Copy_ChangedRow_IsRefusedAndLeavesNothing(string sql, string? refusal)
    {
        RequirePostgreSql();
        Fill();
        Tamper(sql);
        StateStoreOptions database = Database("tampered" + sql.Length);
        if (refusal is null)
        {
            // What was deleted by someone else is not known from other rows.
            Copy(At(Folder), database);
            return;
        }

        Assert.StartsWith(refusal, Refused(At(Folder), database));
        Assert.False(File.Exists(database.Shared!.RootKeyFile));
        Assert.Equal("0", TestStores.Server.Query(TestStores.DatabaseOf(database.Folder), "SELECT count(*) FROM keys"));
        Assert.Empty(Directory.GetFileSystemEntries(database.Folder));
    }

    [Fact]
    public void Copy_ChangedDatabase_IsRefusedAndLeavesNothing()
    {
        RequirePostgreSql();
        Fill();
        StateStoreOptions database = Database("changed");
        Copy(At(Folder), database);
        string name = TestStores.DatabaseOf(database.Folder);
        const string flip = "UPDATE events SET body = set_byte(body, 30, get_byte(body, 30) # 1) WHERE segment = 3 AND position = 92";
        TestStores.Server.Query(name, flip);
        Assert.StartsWith("Segment 3 of the event log is not what was written, from position 92 on.", Refused(database, At(Back)));
        TestStores.Server.Query(name, flip);
        TestStores.Server.Query(name, "UPDATE grants SET grantee = 'someone else'");
        Assert.Contains("in table 'grants'", Refused(database, At(Back)));
        Assert.False(Directory.Exists(Back));
        Assert.Empty(Directory.GetFileSystemEntries(Parent, "*.restoring*"));

        using IStateStore store = s_stores.Open(database);
        TestStores.Server.Query(name, "UPDATE key_counts SET count = count + 1 WHERE scope = 'region eu-central-1'");
        List<StoreFinding> findings = [];
        store.VerifyFiles(findings.Add);
        Assert.Equal(
            [(StoreFindingKind.RECORDS_MISSING, "keys"), (StoreFindingKind.RECORD_CHANGED, "grants")],
            findings.Select(static finding => (finding.Kind, finding.Table!)));
        Assert.All(findings, static finding => Assert.Null(finding.Path));
    }

    [Fact]
    public void Copy_ThatIsInterrupted_LeavesADatabaseWithoutAStore()
    {
        RequirePostgreSql();
        Fill();
        StateStoreOptions database = Database("interrupted");
        foreach (string step in (string[])["Copying records (grants)", "Verifying records (principals)", "Saving the copy"])
        {
            InvalidOperationException stopped = Assert.Throws<InvalidOperationException>(() => Copy(
                At(Folder), database, current => _ = current == step ? throw new InvalidOperationException(step) : true));
            Assert.Equal(step, stopped.Message);
            Assert.False(File.Exists(database.Shared!.RootKeyFile));
            Assert.Equal(
                "0|0|0",
                TestStores.Server.Query(
                    TestStores.DatabaseOf(database.Folder),
                    "SELECT (SELECT count(*) FROM store), (SELECT count(*) FROM keys), (SELECT count(*) FROM events)"));
        }

        Copy(At(Folder), database);
    }

    [Fact]
    public void Backup_SharedStore_IsThatOfAFolderAndIsRestoredToADatabase()
    {
        RequirePostgreSql();
        Fill();
        StateStoreOptions database = Database("backed");
        Copy(At(Folder), database);
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        RecoveryKeyOpener opener = new(recoveryKey);
        string file = Path.Combine(Parent, "shared.kmsbackup");
        string[] events;
        using (IStateStore store = s_stores.Open(database))
        {
            using SealKey key = SealKey.Generate();
            using IStagedBackup backup = store.Backup(file, false, DateTimeOffset.UtcNow, Seal.Create(key, [opener]), key);
            backup.Place();
            events = Events(store);
            Assert.Equal((store.Properties.InstallationId, false), (backup.Header.StoreId, backup.Header.IsSealed));
            Assert.Throws<StateStoreException>(
                () => store.Backup(Path.Combine(database.Folder, "b"), false, DateTimeOffset.UtcNow, Seal.Create(key, [opener]), key));
        }

        Assert.DoesNotContain(
            Directory.GetFileSystemEntries(database.Folder), static entry => entry.Contains("backup", StringComparison.Ordinal));
        StateStoreOptions restored = Database("restored");
        using (IStagedStore staged = s_stores.Backups.Unpack(file, Back, false, seal => seal.Open(opener)))
        {
            s_stores.Copies.ToDatabase(staged.Folder, null, restored, null);
        }

        using IStateStore again = s_stores.Open(restored);
        Assert.Equal(events, Events(again));
        Assert.Equal([1, 2, 3], Read(again, static reader => reader.FindKey(Region, "k1"))!.Materials[0].Wrapped.ToArray());
    }

    [Fact]
    public void Parents_AreTheForeignKeysOfState()
    {
        Open(Folder).Dispose();
        using Database state = new(Path.Combine(Folder, "state.db"));
        string[] keys =
        [
            .. state.ReadAll(
                """
                SELECT tables.name, keys."table", keys."from", keys."to" FROM sqlite_schema AS tables
                JOIN pragma_foreign_key_list(tables.name) AS keys WHERE tables.type = 'table' ORDER BY 1, keys.seq
                """,
                static row => $"{row.Text(0)} {row.Text(1)} {row.Text(2)} {row.Text(3)}"),
        ];
        Assert.Equal(
            keys,
            DatabaseRecords.Parents.SelectMany(static parent =>
                parent.Columns.Select(pair => $"{parent.Table} {parent.Parent} {pair.Column} {pair.Of}")));
    }

    private static void RequirePostgreSql() => Assert.SkipUnless(PostgreSqlServer.IsInstalled, PostgreSqlServer.Missing);

    private static bool IsWrong(EventSegmentVerification segment) =>
        segment.Status is not (EventSegmentStatus.OK or EventSegmentStatus.DROPPED);

    private static StateStoreOptions At(string folder) => new() { Folder = folder };

    private static StoreCopyCounts Copy(StateStoreOptions from, StateStoreOptions to, Action<string>? progress = null)
    {
        using IStagedStoreCopy staged = s_stores.Copies.Begin(from, to, progress);
        return staged.Place(progress);
    }

    private static string Refused(StateStoreOptions from, StateStoreOptions to) =>
        Assert.Throws<StateStoreException>(() => Copy(from, to)).Message;

    private static string[] Events(IStateStore store) =>
    [
        .. store.Events.Query(new EventQuery()).Select(static found =>
            $"{found.EventId} {found.EventName} {found.KeyId} {found.Time:O} {Convert.ToHexString(found.Json.Span)}"),
    ];

    private static Dictionary<string, string[]> Rows(string folder)
    {
        using Database state = new(Path.Combine(folder, "state.db"));
        return StateTables.List(state).ToDictionary(
            static table => table.Name,
            table => StateTables.Read(state, table).Select(row => string.Join(
                '|',
                row.Where((_, index) => table.Name != "commits" || index < 2)
                    .Select(static value => value is byte[] bytes ? Convert.ToHexString(bytes) : value.ToString()))).ToArray());
    }

    private StateStoreOptions Database(string name)
    {
        string folder = Path.Combine(Parent, "node-" + name);
        SharedStoreOptions shared = TestStores.Shared(folder);
        return new StateStoreOptions
        {
            Folder = folder,
            Shared = shared with { RootKeyFile = Path.Combine(Parent, "keys-" + name, "root.key") },
        };
    }

    // Segments of which one was dropped, and a row in every table, with a value in every column.
    private void Fill()
    {
        using (IStateStore store = s_stores.Open(At(Folder)))
        {
            Write(store, static transaction =>
            {
                transaction.WriteEventLog(new EventLogSettings { MaxSizeInBytes = 1 << 20 });
                transaction.InsertKey(NewKey("k1", 1, 2, 3));
            });
        }

        for (int i = 0; i < 3; i++)
        {
            using IStateStore store = s_stores.Open(At(Folder));
            store.Events.Append(NewEvent($"first-{i}", keyId: "old"));
            byte[] json = [(byte)'"', .. Enumerable.Repeat((byte)'x', 100_000), (byte)'"'];
            for (int j = 0; j < 3; j++)
            {
                store.Events.Append(NewEvent($"long-{i}-{j}", keyId: "k1") with { Json = json });
            }

            Write(store, transaction => transaction.Append(NewEvent($"change-{i}", keyId: "k1")));
            SpinWait.SpinUntil(() => store.Events.ListSegments().Count(static one => one.State == EventSegmentState.SEALED) > i, 10_000);
        }

        using (IStateStore store = s_stores.Open(At(Folder)))
        {
            store.Events.Drop([.. store.Events.FindExcess(new EventLogSettings { MaxSizeInBytes = 300_000 }, default).Take(1)]);
        }

        using RootKey rootKey = new(File.ReadAllBytes(Path.Combine(Folder, "root.key")));
        using Database state = new(Path.Combine(Folder, "state.db"));
        using StoreSecrets secrets = new StoreSecretsTable(state).Read(rootKey);
        RowAuthenticator rows = new(secrets.Rows);
        foreach (TableShape table in StateTables.List(state).Where(static table => table.IsAuthenticated))
        {
            if (state.ReadNumber($"SELECT count(*) FROM {table.Name}") == 0)
            {
                Insert(state, table, rows);
            }
        }
    }

    private static void Insert(Database state, TableShape table, RowAuthenticator rows)
    {
        object[] row =
        [
            .. table.Columns.Select(static column => (object)(column.Name switch
            {
                "region" => Region,
                "key_id" or "target_key_id" => "k1",
                "type" => "Role",
                _ when column.Kind == ColumnKind.Number => 1L,
                _ when column.Kind == ColumnKind.Bytes => new byte[] { 1, 0, 255 },
                _ => $"{column.Name} ä|'\n",
            })),
        ];
        row[table.MacAt] = table.Authenticate(row, rows);
        ICursor insert = state.Open(
            $"INSERT INTO {table.Name} ({table.Names}) VALUES (@{string.Join(", @", table.Columns.Select(static column => column.Name))})",
            isHot: true);
        for (int i = 0; i < row.Length; i++)
        {
            insert.Declare(table.Columns[i].Name);
            insert.Bind(i, row[i]);
        }

        insert.Run();
    }
}
