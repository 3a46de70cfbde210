using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>The events of stores of version 0.1.0, which kept them in tables.</summary>
public sealed class EventConversionTests : StoreFixture
{
    private string State => Path.Combine(Folder, "state.db");

    private string Events => Path.Combine(Folder, "events.db");

    [Fact]
    public void Open_StoreOfAnEarlierVersion_KeepsTheEventsOfBothFiles()
    {
        MakeEarlier();
        for (int i = 0; i < 2; i++)
        {
            using IStateStore store = Open();
            Assert.Equal(["m1", "u1", "m2", "u2"], Ids(store.Events.Query(new EventQuery())));
            Assert.Equal(["u1", "u2"], Ids(store.Events.Query(new EventQuery { KeyId = "key-1", EventName = "encrypt" })));
            Auditing.KeyUse use = store.Events.FindLastUsage(Region, "key-1")!;
            Assert.Equal(("u2", Time("1970-01-01T00:00:02Z"), "Encrypt", "r2"), (use.EventId, use.Time, use.EventName, use.RequestId));
            Assert.Null(store.Events.FindLastUsage("us-west-2", "key-1"));
        }

        using Database state = new(State);
        Assert.Equal(0, state.ReadNumber("SELECT count(*) FROM sqlite_schema WHERE name = 'events'"));
    }

    // Killed within the conversion: the transaction of state.db did not happen, and segments were begun.
    [Fact]
    public void Open_ConversionWasInterrupted_BeginsAgainAndNothingIsThereTwice()
    {
        MakeEarlier();
        string copy = Folder + "-before";
        CopyFolder(Folder, copy);
        Open().Dispose();
        foreach (string file in Directory.GetFiles(copy))
        {
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)), overwrite: true);
        }

        File.WriteAllBytes(Path.Combine(Folder, "events", "converting"), new byte[8]);

        using IStateStore store = Open();
        Assert.Equal(["m1", "u1", "m2", "u2"], Ids(store.Events.Query(new EventQuery())));
        Assert.False(File.Exists(Path.Combine(Folder, "events", "converting")));
        Assert.All(store.Events.Verify([]), static result => Assert.Equal(Auditing.EventSegmentStatus.OK, result.Status));
    }

    [Fact]
    public void Open_ByFourAtOnce_ConvertsOnce()
    {
        MakeEarlier();
        Parallel.For(0, 4, _ => Open().Dispose());
        using IStateStore store = Open();
        Assert.Equal(["m1", "u1", "m2", "u2"], Ids(store.Events.Query(new EventQuery())));
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    // A store as version 8 of state.db and version 1 of events.db have it, with two events each.
    private void MakeEarlier()
    {
        Open().Dispose();
        Directory.Delete(Path.Combine(Folder, "events"), recursive: true);
        foreach (string file in Directory.GetFiles(Folder, "events.db*"))
        {
            File.Delete(file);
        }

        string tables = Script("0001_events.sql");
        using (Database state = new(State))
        {
            List<string> authenticated = state.ReadAll(
                "SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c ON c.name = 'mac' WHERE t.type = 'table'",
                static row => row.Text());
            authenticated.ForEach(table => state.Execute($"ALTER TABLE {table} DROP COLUMN mac"));
            state.Execute(
                $"""
                {Version15.Script}
                DROP TABLE root_key;
                DROP TABLE store_secrets;
                DROP TRIGGER authorization_settings_updated;
                DROP TRIGGER principals_inserted;
                DROP TRIGGER principals_updated;
                DROP TRIGGER principals_deleted;
                DROP TABLE authorization_revision;
                ALTER TABLE authorization_settings ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
                CREATE TRIGGER principals_inserted AFTER INSERT ON principals
                    BEGIN UPDATE authorization_settings SET revision = revision + 1; END;
                CREATE TRIGGER principals_updated AFTER UPDATE ON principals
                    BEGIN UPDATE authorization_settings SET revision = revision + 1; END;
                CREATE TRIGGER principals_deleted AFTER DELETE ON principals
                    BEGIN UPDATE authorization_settings SET revision = revision + 1; END;
                DROP TABLE held_materials;
                DROP TABLE store_time;
                DROP INDEX keys_by_held_deletion;
                DROP INDEX keys_by_held_rotation;
                ALTER TABLE keys DROP COLUMN is_deletion_held;
                ALTER TABLE keys DROP COLUMN is_rotation_held;
                DROP TABLE key_material_facts;
                DROP TABLE hsm_restorations;
                DROP TABLE former_aliases;
                DROP TABLE commits;
                ALTER TABLE store DROP COLUMN syncs_events;
                ALTER TABLE store DROP COLUMN max_event_age_in_days;
                ALTER TABLE store DROP COLUMN max_event_size;
                {tables}
                INSERT INTO events VALUES
                    (1, 10, 1000, 'm1', 'CreateKey', '{Region}', 'key-1', NULL, NULL, 0, CAST('[]' AS BLOB)),
                    (2, 30, 2000, 'm2', 'CreateKey', '{Region}', 'key-2', NULL, NULL, 0, CAST('[]' AS BLOB));
                PRAGMA user_version = 8;
                """);
        }

        File.WriteAllBytes(Events, []);
        using Database events = new(Events);
        events.Execute(
            $"""
            {tables}
            INSERT INTO events VALUES
                (1, 20, 1000, 'u1', 'Encrypt', '{Region}', 'key-1', NULL, NULL, 1, CAST('{Json("r1")}' AS BLOB)),
                (2, 40, 2000, 'u2', 'Encrypt', '{Region}', 'key-1', NULL, NULL, 1, CAST('{Json("r2")}' AS BLOB));
            PRAGMA application_id = {Schema.Events.ApplicationId};
            PRAGMA user_version = 1;
            """);
    }

    private static string Json(string requestId) => $$"""{"requestID":"{{requestId}}"}""";

    private static string Script(string name)
    {
        using StreamReader reader = new(typeof(Schema).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
