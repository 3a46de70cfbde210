using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tests;

/// <summary>Stores that an earlier version made.</summary>
public sealed class MigrationTests : StoreFixture
{
    [Fact]
    public void Open_StoreOfVersion1_KeepsWhatItHoldsAndTakesWhatIsNew()
    {
        Open().Dispose();
        string file = Path.Combine(Folder, "state.db");
        string properties = ReadProperties(file);
        MakeVersion1(file, properties);

        using (IStateStore store = Open())
        {
            HsmCluster cluster = Read(store, static reader => reader.FindCluster("cluster-1"))!;
            Assert.Equal([new HsmToken("lab", "0001", null), new HsmToken("lab 2", "0002", null)], cluster.Tokens.ToArray());
            Assert.Equal((false, false), (cluster.HighAvailability, cluster.ManagePassword));
            CustomKeyStore keyStore = Read(store, static reader => reader.FindCustomKeyStore(Region, "cks-1"))!;
            Assert.Equal(
                (ConnectionStateType.CONNECTED, 3, null),
                (keyStore.ConnectionState, keyStore.ConnectionGeneration, keyStore.OtherWrappedPassword));
            Assert.Equal([9, 9], keyStore.WrappedPassword.ToArray());
            StrayKeyMaterial stray = Read(store, static reader => reader.FindStrayKeyMaterial("cluster-1", "cd"))!;
            Assert.Equal(
                (StrayReason.ORPHANED, null, null, 0),
                (stray.Reason, stray.KeyCreationDate, stray.Messages, stray.Aliases.Length));
            Assert.Equal(["key-1"], Read(store, static reader => reader.ListKeyIdsInStore(Region, "cks-1")));
            Assert.Empty(Read(store, static reader => reader.ListKeyIdsInStore("us-east-1", "cks-1")));
            Assert.Equal("key-1", Read(store, static reader => reader.FindKeyByBackingKey("ab"))!.KeyId);
            Assert.Null(Read(store, static reader => reader.FindKeyByBackingKey("cd")));
            Assert.Equal(AuthorizationMode.Record, Read(store, static reader => reader.ReadAuthorization()).Mode);
            Assert.Empty(Read(store, static reader => reader.ListPrincipals()));
            Write(store, transaction =>
            {
                transaction.UpdateCluster(cluster with { HighAvailability = true });
                transaction.UpdateCustomKeyStore(keyStore with { OtherWrappedPassword = new byte[] { 1, 2 } });
            });
        }

        using (Database database = new(file))
        {
            Assert.Equal(17, database.ReadNumber("PRAGMA user_version"));
            Assert.Equal(0, database.ReadNumber("SELECT count(*) FROM pragma_foreign_key_check"));
            Assert.Empty(Schema.State.FindDifferences(database));
        }

        using IStateStore again = Open();
        Assert.Equal(AuthorizationMode.Record, Read(again, static reader => reader.ReadAuthorization()).Mode);
        Assert.True(Read(again, static reader => reader.FindCluster("cluster-1"))!.HighAvailability);
        Assert.Equal(
            [1, 2],
            Read(again, static reader => reader.FindCustomKeyStore(Region, "cks-1"))!.OtherWrappedPassword!.Value.ToArray());
    }

    // How many materials a key has is not known there, until the key changes.
    [Fact]
    public void Open_StoreOfVersion16_CountsImportedMaterialsFromTheNextChangeOn()
    {
        Key imported = NewKey("key-1", 1) with { Origin = OriginType.EXTERNAL };
        using (IStateStore store = Open())
        {
            Write(store, transaction => transaction.InsertKey(imported));
        }

        string file = Path.Combine(Folder, "state.db");
        using (Database database = new(file))
        {
            database.Execute("ALTER TABLE keys DROP COLUMN material_count; PRAGMA user_version = 16");
            using StoreSecrets secrets = ReadSecrets(database);
            database.AuthenticateRows(secrets.Rows);
            new AuthenticatedTables(database).AuthenticateAll();
        }

        using IStateStore opened = Open();
        Assert.Single(Read(opened, static reader => reader.FindKey(Region, "key-1"))!.Materials);
        Write(opened, transaction => transaction.UpdateKey(imported with { Description = "changed" }));
        using (Database database = new(file))
        {
            Assert.Equal(1, database.ReadNumber("SELECT material_count FROM keys"));
            database.Execute("DELETE FROM key_materials");
        }

        StateStoreException refused = Assert.Throws<StateStoreException>(() => Read(opened, static reader => reader.FindKey(Region, "key-1")));
        Assert.Equal(
            ("key_materials", "region=eu-central-1, key_id=key-1, position=0", true),
            (refused.Damage!.Table, refused.Damage.Key, refused.Damage.IsMissing));
    }

    [Fact]
    public void Open_StoreOfVersion4_KnowsItsTokensAsTheyWereAndTakesMoreOfThem()
    {
        Open().Dispose();
        string file = Path.Combine(Folder, "state.db");
        MakeVersion1(file, ReadProperties(file));
        using (Database database = new(file))
        {
            Execute(database, "0002_state.sql", "0003_state.sql", "0004_state.sql");
            database.Execute(
                """
                INSERT INTO hsm_clusters VALUES ('cluster-4', '/usr/lib/libx.so', '[["one","0001"],["two","0002","/usr/lib/other.so"]]', 'PEM', 1000, 1, 1, 7);
                PRAGMA user_version = 4;
                """);
        }

        HsmToken named = new("two", "0003", null, "maker", "model", IsNamedByUri: true);
        using (IStateStore store = Open())
        {
            HsmCluster cluster = Read(store, static reader => reader.FindCluster("cluster-4"))!;
            Assert.Equal([new HsmToken("one", "0001"), new HsmToken("two", "0002", "/usr/lib/other.so")], cluster.Tokens.ToArray());
            Assert.Equal(
                (true, true, 7, null, null),
                (cluster.HighAvailability, cluster.ManagePassword, cluster.CommandsFromElsewhere, cluster.PinSource, cluster.WrappedPin));
            Write(store, transaction => transaction.UpdateCluster(
                cluster with { Tokens = cluster.Tokens.Add(named), PinSource = "/run/pin", WrappedPin = new byte[] { 1, 2 } }));
        }

        using IStateStore again = Open();
        HsmCluster changed = Read(again, static reader => reader.FindCluster("cluster-4"))!;
        Assert.Equal([new HsmToken("one", "0001"), new HsmToken("two", "0002", "/usr/lib/other.so"), named], changed.Tokens.ToArray());
        Assert.Equal("/run/pin", changed.PinSource);
        Assert.Equal([1, 2], changed.WrappedPin!.Value.ToArray());
    }

    [Fact]
    public void Open_StoreOfVersion5_KeepsKeysWithAllThatBelongsToThem()
    {
        Open().Dispose();
        string file = Path.Combine(Folder, "state.db");
        MakeVersion1(file, ReadProperties(file));
        using (Database database = new(file))
        {
            Execute(database, "0002_state.sql", "0003_state.sql", "0004_state.sql", "0005_state.sql");
            database.Execute(
                $"""
                INSERT INTO keys VALUES
                    ('{Region}', 'key-2', '111122223333', 2000, 'two', 'RSA_2048', 'SIGN_VERIFY', 'EXTERNAL', 'CUSTOMER', 'PRIMARY', NULL, 0, 9000,
                     7, 90, 8000, 128, 7000, '[["a","b"]]', 'a policy'),
                    ('us-west-2', 'key-2', '111122223333', 2001, '', 'RSA_2048', 'SIGN_VERIFY', 'EXTERNAL', 'CUSTOMER', 'REPLICA', NULL, 1, NULL,
                     NULL, NULL, NULL, 0, NULL, '[]', '');
                INSERT INTO key_materials VALUES
                    ('{Region}', 'key-2', 0, 'm', 'CURRENT', 2000, 'IMPORTED', 'KEY_MATERIAL_EXPIRES', 6000, 'x', NULL, NULL, x'0102');
                INSERT INTO aliases VALUES ('{Region}', 'alias/two', 'key-2', 3000, 3001);
                INSERT INTO grants VALUES
                    ('{Region}', 'key-2', 'g', '', NULL, 4000, 'alice', 0, 'bob', 1, 'Sign', '[]', '[]', NULL);
                PRAGMA user_version = 5;
                """);
        }

        using (IStateStore store = Open())
        {
            Key key = Read(store, static reader => reader.FindKey(Region, "key-2"))!;
            Assert.Equal(
                ("111122223333", Milliseconds(2000), "two", KeySpec.RSA_2048, KeyUsageType.SIGN_VERIFY, OriginType.EXTERNAL),
                (key.AccountId, key.CreationDate, key.Description, key.KeySpec, key.KeyUsage, key.Origin));
            Assert.Equal(
                (KeyManagerType.CUSTOMER, MultiRegionKeyType.PRIMARY, false, Milliseconds(9000), 7, "a policy"),
                (key.KeyManager, key.MultiRegionKeyType, key.IsEnabled, key.DeletionDate, key.PendingDeletionWindowInDays, key.Policy));
            Assert.Equal(
                (new RotationSchedule(90, Milliseconds(8000)), 128L, new KeyTag("a", "b")),
                (key.Rotation, key.ReservedMessages, Assert.Single(key.Tags)));
            Assert.Equal([1, 2], Assert.Single(key.Materials).Wrapped.ToArray());
            Assert.Equal("us-west-2", Assert.Single(key.RelatedKeys).Region);
            Assert.Equal("key-2", Read(store, static reader => reader.FindAlias(Region, "alias/two"))!.TargetKeyId);
            Assert.Equal("bob", Read(store, static reader => reader.FindGrant(Region, "key-2", "g"))!.Retiring!.Name);
            Assert.Equal(Milliseconds(7000), Read(store, static reader => reader.ReadEarliestDue()));
            Assert.Equal((2, 1, 1, 1), Counts(store));

            Write(store, transaction => transaction.DeleteKey(key));

            Assert.Equal((1, 1, 1, 0), Counts(store));
            Assert.Null(Read(store, static reader => reader.FindAlias(Region, "alias/two")));
            Assert.Null(Read(store, static reader => reader.FindGrant(Region, "key-2", "g")));
            Assert.Throws<StateStoreException>(() => Write(store, static transaction => transaction.InsertAlias(
                new KeyAlias(Region, "alias/x", "key-2", Milliseconds(1), Milliseconds(1)))));
        }

        using Database after = new(file);
        Assert.Equal(0, after.ReadNumber("SELECT count(*) FROM pragma_foreign_key_check"));
        Assert.Equal(1, after.ReadNumber("SELECT count(*) FROM key_materials"));
    }

    // What is decided by events of the past is known after they are dropped.
    [Fact]
    public void Open_StoreOfVersion1_KnowsWhatItsEventsTell()
    {
        Open().Dispose();
        string file = Path.Combine(Folder, "state.db");
        MakeVersion1(file, ReadProperties(file));
        using (Database database = new(file))
        {
            foreach ((long time, string name, string? keyId, string? error, string json) in new (long, string, string?, string?, string)[]
            {
                (1000, "CreateKey", "orphan", null, """
                    {"responseElements":{"keyMetadata":{"keyId":"orphan","cloudHsmClusterId":"cluster-1"}},
                     "additionalEventData":{"backingKey":"{\"keyHandle\":\"3\",\"backingKeyId\":\"aa\"}"}}
                    """),
                (1001, "CreateKey", "software", null, """{"responseElements":{"keyMetadata":{"keyId":"software"}}}"""),
                (1002, "CreateKey", null, "LimitExceededException", """{"requestParameters":{},"responseElements":null}"""),
                (1003, "CreateAlias", "software", null, """{"requestParameters":{"aliasName":"alias/one","targetKeyId":"software"}}"""),
                (1004, "UpdateAlias", "orphan", null, """{"requestParameters":{"aliasName":"alias/one","targetKeyId":"orphan"}}"""),
                (1005, "UpdateAlias", null, "NotFoundException", """
                    {"requestParameters":{"aliasName":"alias/one","targetKeyId":"none"}}
                    """),
                (2000, "DeleteKey", "orphan", null, """
                    {"requestParameters":null,"additionalEventData":{"clusterId":"cluster-1","backingKeys":"[{\"backingKeyId\":\"aa\"}]",
                     "backingKeysDeletionStatus":"[{\"backingKeyId\":\"aa\",\"deletionStatus\":\"FAILURE\"}]"}}
                    """),
                (2001, "DeleteKey", "gone", null, """
                    {"requestParameters":null,"additionalEventData":{"clusterId":"cluster-1","backingKeys":"[{\"backingKeyId\":\"bb\"}]",
                     "backingKeysDeletionStatus":"[{\"backingKeyId\":\"bb\",\"deletionStatus\":\"SUCCESS\"}]"}}
                    """),
                (2002, "DeleteKey", "software", null, """{"requestParameters":null}"""),
                (3000, "RemoveOrphanedKeyMaterial", "orphan", null, """
                    {"requestParameters":{"backingKeyId":"aa","clusterId":"cluster-1"}}
                    """),
                (4000, "RestoreHsmCluster", null, null, """
                    {"requestParameters":{"backupId":"backup-1","clusterId":"cluster-2"},
                     "additionalEventData":{"backupClusterId":"cluster-1","backupCreationDate":"2030-01-09T00:00:00.1230000Z"}}
                    """),
            })
            {
                new Statement(
                    database,
                    """
                    INSERT INTO events (recorded, time, event_id, name, region, key_id, error_code, is_use, json)
                    VALUES (0, @time, 'id', @name, @region, @key_id, @error_code, 0, CAST(@json AS BLOB))
                    """)
                    .Run(("time", time), ("name", name), ("region", Region), ("key_id", keyId), ("error_code", error), ("json", json));
            }
        }

        using IStateStore store = Open();
        Assert.Equal(
            [
                new(KeyMaterialFactKind.CREATED, Region, "orphan", Milliseconds(1000), "cluster-1", "aa"),
                new(KeyMaterialFactKind.DELETED, Region, "orphan", Milliseconds(2000), "cluster-1", "aa"),
                new(KeyMaterialFactKind.DESTROYED, Region, "orphan", Milliseconds(3000), "cluster-1", "aa"),
            ],
            Read(store, static reader => reader.ListKeyMaterialFacts(Region, "orphan")));
        Assert.Equal(
            [
                new(KeyMaterialFactKind.DELETED, Region, "gone", Milliseconds(2001), "cluster-1", "bb"),
                new(KeyMaterialFactKind.DESTROYED, Region, "gone", Milliseconds(2001), "cluster-1", "bb"),
            ],
            Read(store, static reader => reader.ListKeyMaterialFacts(Region, "gone")));
        Assert.Equal(
            [new(KeyMaterialFactKind.DELETED, Region, "software", Milliseconds(2002), "", "")],
            Read(store, static reader => reader.ListKeyMaterialFacts(Region, "software")));
        Assert.Empty(Read(store, static reader => reader.ListKeyMaterialFacts("eu-north-1", "gone")));
        Assert.Equal(
            [new("cluster-2", Milliseconds(4000), "backup-1", "cluster-1", new DateTimeOffset(2030, 1, 9, 0, 0, 0, 123, TimeSpan.Zero))],
            Read(store, static reader => reader.ListHsmRestorations()));
        Assert.Equal("orphan", Read(store, static reader => reader.FindFormerTarget(Region, "alias/one")));
        Assert.Null(Read(store, static reader => reader.FindFormerTarget(Region, "alias/two")));
    }

    [Fact]
    public void Open_StoreOfVersion1ByTwoAtOnce_MigratesOnce()
    {
        Open().Dispose();
        string file = Path.Combine(Folder, "state.db");
        MakeVersion1(file, ReadProperties(file));

        Parallel.For(0, 4, _ => Open().Dispose());

        using IStateStore store = Open();
        Assert.Single(Read(store, static reader => reader.ListClusters()));
    }

    // The state as it was is kept until all of it is upgraded, whatever goes wrong; then nothing of it is left.
    [Fact]
    public void Open_UpgradeFails_KeepsACopyOfTheStateUntilItHasSucceeded()
    {
        Open().Dispose();
        string file = Path.Combine(Folder, "state.db");
        string copy = file + ".before-upgrade";
        MakeVersion1(file, ReadProperties(file));
        using (Database database = new(file))
        {
            database.Execute("CREATE TABLE commits (of_somebody_else TEXT)");
        }

        for (int i = 0; i < 2; i++)
        {
            Assert.Throws<StateStoreException>(() => Open().Dispose());
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(copy));
            }

            foreach (string kept in new[] { copy, file })
            {
                using Database database = new(kept);
                Assert.Equal(1, database.ReadNumber("PRAGMA user_version"));
                Assert.Equal("key-1", database.ReadText("SELECT key_id FROM keys"));
                Assert.Equal("ok", database.ReadText("PRAGMA integrity_check"));
            }
        }

        using (Database database = new(file))
        {
            database.Execute("DROP TABLE commits");
        }

        using (IStateStore store = Open())
        {
            Assert.Equal(["key-1"], Read(store, static reader => reader.ListKeyIdsInStore(Region, "cks-1")));
        }

        Assert.Empty(Directory.GetFiles(Folder, "*.before-upgrade"));
    }

    private static DateTimeOffset Milliseconds(long time) => DateTimeOffset.FromUnixTimeMilliseconds(time);

    private static (long InRegion, long InOtherRegion, long InStore, long Grants) Counts(IStateStore store) => Read(store, static reader => (
        reader.CountKeys(Region),
        reader.CountKeys("us-west-2"),
        reader.CountKeysInStore("cks-1"),
        reader.CountGrants(Region, "key-2")));

    private static void Execute(Database database, params string[] scripts)
    {
        foreach (string script in scripts)
        {
            using StreamReader reader = new(typeof(Schema).Assembly.GetManifestResourceStream(script)!);
            database.Execute(reader.ReadToEnd());
        }
    }

    // The row of the table store, which belongs to root.key, as SQL values.
    private static string ReadProperties(string file)
    {
        using Database database = new(file);
        Statement read = new(
            database,
            """
            SELECT quote(id) || ',' || quote(installation_id) || ',' || quote(account_id) || ',' || quote(region) || ',' || quote(is_simulated_clock)
                || ',' || quote(creation_date) || ',' || quote(aws_managed_key_rotation_period) || ',' || quote(simulated_time)
                || ',' || quote(request_quotas_enabled) || ',' || quote(root_key_check)
                AS properties
            FROM store
            """);
        return read.Find(static row => row.Text("properties"))!;
    }

    // What version 1 makes of a new file: its own scripts, and nothing since.
    private static void MakeVersion1(string file, string properties)
    {
        foreach (string old in Directory.GetFiles(Path.GetDirectoryName(file)!, "state.db*"))
        {
            File.Delete(old);
        }

        File.WriteAllBytes(file, []);
        using Database database = new(file);
        Execute(database, "0001_events.sql", "0001_state.sql");
        database.Execute(
            $"""
            INSERT INTO store VALUES ({properties});
            INSERT INTO hsm_clusters VALUES ('cluster-1', '/usr/lib/libx.so', '[["lab","0001"],["lab 2","0002"]]', 'PEM', 1000);
            INSERT INTO custom_key_stores VALUES
                ('{Region}', 'cks-1', 'lab', 'cluster-1', 'PEM', 1000, 'AWS_CLOUDHSM', x'0909', 0, 'CONNECTED', NULL, 3, NULL);
            INSERT INTO keys VALUES
                ('{Region}', 'key-1', '111122223333', 1000, '', 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'AWS_CLOUDHSM', 'CUSTOMER', NULL, 'cks-1', 1, NULL,
                 NULL, NULL, NULL, 64, NULL, '[]', '');
            INSERT INTO key_materials VALUES ('{Region}', 'key-1', 0, 'ab', 'CURRENT', 1000, 'IMPORTED', NULL, NULL, NULL, NULL, NULL, x'');
            INSERT INTO stray_key_material VALUES ('cluster-1', 'cd', 'cks-1', '{Region}', 'arn', 'ORPHANED', 2000, NULL);
            PRAGMA application_id = {Schema.State.ApplicationId};
            PRAGMA user_version = 1;
            """);
    }
}
