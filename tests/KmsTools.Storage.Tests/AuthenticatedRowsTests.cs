using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tests;

/// <summary>Rows that were changed outside of KmsTools.</summary>
[OnEveryStore]
public sealed class AuthenticatedRowsTests : StoreFixture
{
    private static readonly DateTimeOffset s_time = Time("2026-01-02T03:04:05.678Z");

    // A read of each table. Rows that a query no longer finds are found by the verification of all rows only.
    private static readonly Dictionary<string, (Func<IStateStore, object?> Read, string[] SearchedBy)> s_reads = new()
    {
        ["access_keys"] = (static store => Read(store, static reader => reader.ListAccessKeys()), []),
        ["alarms"] = (static store => Read(store, static reader => reader.ListAlarms()), []),
        ["aliases"] = (static store => Read(store, static reader => reader.FindAlias(Region, "alias/a")), []),
        ["authorization_settings"] = (static store => Read(store, static reader => reader.ReadAuthorization()), []),
        ["custom_key_stores"] = (static store => Read(store, static reader => reader.FindCustomKeyStore(Region, "cks-1")), []),
        ["former_aliases"] = (static store => Read(store, static reader => reader.FindFormerTarget(Region, "alias/former")), []),
        ["grants"] = (static store => Read(store, static reader => reader.FindGrant(Region, "key-1", "g")), []),
        ["held_materials"] = (static store => Read(store, static reader => reader.ListHeldMaterials()), []),
        ["hsm_backup_keys"] = (static store => Read(store, static reader => reader.FindBackupKey("backup-1", "ab")), []),
        ["hsm_backups"] = (static store => Read(store, static reader => reader.ListBackups()), []),
        ["hsm_clusters"] = (static store => Read(store, static reader => reader.ListClusters()), []),
        ["hsm_restorations"] = (static store => Read(store, static reader => reader.ListHsmRestorations()), []),
        ["key_material_facts"] = (static store => Read(store, static reader => reader.ListKeyMaterialFacts(Region, "key-1")), []),
        ["key_materials"] = (static store => Read(store, static reader => reader.FindKey(Region, "key-1")), []),
        ["keys"] = (static store => Read(store, static reader => reader.FindKey(Region, "key-1")), []),
        ["past_values"] = (ReadPast, ["kind", "region", "scope", "name"]),
        ["principals"] = (static store => Read(store, static reader => reader.ListPrincipals()), []),
        ["quotas"] = (static store => Read(store, static reader => reader.ReadQuotas()), []),
        ["root_key"] = (static store => Read(store, static reader => reader.ReadRootKey()), []),
        ["store"] = (static store => Read(store, static reader => reader.ReadConsistencyDelay()), []),
        ["store_time"] = (static store => Read(store, static reader => reader.ReadStoreTime()), []),
        ["stray_key_material"] = (static store => Read(store, static reader => reader.ListStrayKeyMaterial(null)), []),
        ["vpc_endpoint_services"] = (static store => Read(store, static reader => reader.ListVpcEndpointServices()), []),
        ["xks_proxy_addresses"] = (static store => Read(store, static reader => reader.ListXksProxyAddresses()), []),
    };

    public static TheoryData<string> Tables => [.. s_reads.Keys];

    [Fact]
    [InFolder]
    public void Tables_OfTheState_HaveMacsExceptThoseThatDecideNothing()
    {
        Open().Dispose();
        using Database database = OpenFile();
        Assert.Equal(s_reads.Keys.Order(StringComparer.Ordinal), new AuthenticatedTables(database).Names);
        const string others =
            """
            SELECT name FROM sqlite_schema AS tables WHERE type = 'table'
                AND NOT EXISTS (SELECT * FROM pragma_table_info(tables.name) AS columns WHERE columns.name = 'mac') ORDER BY name
            """;
        Assert.Equal(
            ["authorization_revision", "commits", "grant_counts", "key_counts", "store_secrets"],
            database.ReadAll(others, static row => row.Text()).Where(static name => !name.StartsWith("sqlite_", StringComparison.Ordinal)));
    }

    [Theory]
    [InFolder]
    [MemberData(nameof(Tables))]
    public void Read_AnyColumnOfARowIsChanged_NamesTheRow(string table)
    {
        using IStateStore store = Open();
        Fill(store);
        using Database database = OpenFile();
        database.Execute("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF");
        AuthenticatedTables verification = new(database);
        Assert.Empty(FindDamage(verification));
        foreach ((string column, string type, bool isKey) in database.ReadAll(
            $"SELECT name, type, pk FROM pragma_table_info('{table}') WHERE name <> 'mac'",
            static row => (row.Text(0), row.Text(1), row.Number(2) > 0)))
        {
            database.Execute($"SAVEPOINT before; CREATE TEMP TABLE former AS SELECT * FROM {table}");
            string any = type switch { "TEXT" => "'x'", "INTEGER" => "1", _ => "x'01'" };
            database.Execute(
                $"""
                UPDATE {table} SET {column} = CASE typeof({column})
                    WHEN 'integer' THEN {column} + 1 WHEN 'text' THEN {column} || 'x' WHEN 'blob' THEN x'00' ELSE {any} END;
                RELEASE before
                """);
            StoreDamage damage = Assert.Single(FindDamage(verification));
            Assert.Equal(table, damage.Table);
            if (!isKey && !s_reads[table].SearchedBy.Contains(column))
            {
                StateStoreException refused = Assert.Throws<StateStoreException>(() => s_reads[table].Read(store));
                Assert.Equal(damage, refused.Damage);
            }

            database.Execute($"DELETE FROM {table}; INSERT INTO {table} SELECT * FROM former; DROP TABLE former");
            Assert.Empty(FindDamage(verification));
            Assert.NotNull(s_reads[table].Read(store));
        }
    }

    [Fact]
    public void FindKey_ItsDescriptionIsChanged_SaysWhichRowAndLeavesOthersAsTheyAre()
    {
        using IStateStore store = Open();
        Write(store, static transaction =>
        {
            transaction.InsertKey(NewKey("key-1", 1));
            transaction.InsertKey(NewKey("key-2", 2));
        });
        Tamper("UPDATE keys SET description = 'another' WHERE key_id = 'key-1'");
        StateStoreException refused = Assert.Throws<StateStoreException>(() => Read(store, static reader => reader.FindKey(Region, "key-1")));
        Assert.Equal(
            "The record region=eu-central-1, key_id=key-1 in table 'keys' of the store was changed outside of KmsTools, or is damaged. It is "
                + "not used. Verify the store, and restore its folder from a backup.",
            refused.Message);
        Assert.Equal(new StoreDamage("keys", "region=eu-central-1, key_id=key-1"), refused.Damage);
        Assert.Equal("key-2", Read(store, static reader => reader.FindKey(Region, "key-2"))!.KeyId);
    }

    // Each row is as it was written, in the place of another.
    [Fact]
    public void FindKey_MaterialIsMovedFromAnotherKey_IsRefused()
    {
        using IStateStore store = Open();
        Write(store, static transaction =>
        {
            transaction.InsertKey(NewKey("key-1", 1));
            transaction.InsertKey(NewKey("key-2", 2));
        });
        Tamper(
            """
            UPDATE key_materials SET (wrapped, mac) = (SELECT wrapped, mac FROM key_materials WHERE key_id = 'key-1') WHERE key_id = 'key-2'
            """);
        Assert.Equal(
            new StoreDamage("key_materials", "region=eu-central-1, key_id=key-2, position=0"),
            Assert.Throws<StateStoreException>(() => Read(store, static reader => reader.FindKey(Region, "key-2"))).Damage);
        Assert.Equal("key-1", Read(store, static reader => reader.FindKey(Region, "key-1"))!.KeyId);
    }

    // A damaged page may have what no statement could write into a STRICT table.
    [Theory]
    [InFolder]
    [InlineData("mac", "17")]
    [InlineData("is_enabled", "1.5")]
    [InlineData("is_enabled", "'one'")]
    public void FindKey_ValueIsOfAnotherType_IsRefusedAsAnyOtherChange(string column, string value)
    {
        using IStateStore store = Open();
        Write(store, static transaction => transaction.InsertKey(NewKey("key-1", 1)));
        using Database database = OpenFile();
        database.Execute(
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(replace(sql, 'STRICT', ''), "
                + $"'{column} ' || CASE '{column}' WHEN 'mac' THEN 'BLOB' ELSE 'INTEGER' END, '{column} ANY') WHERE name = 'keys'; "
                + "PRAGMA writable_schema = RESET");
        database.Execute($"UPDATE keys SET {column} = {value}");
        Assert.Equal(
            new StoreDamage("keys", "region=eu-central-1, key_id=key-1"),
            Assert.Throws<StateStoreException>(() => Read(store, static reader => reader.FindKey(Region, "key-1"))).Damage);
        Assert.Equal("keys", Assert.Single(FindDamage(new AuthenticatedTables(database))).Table);
    }

    [Fact]
    public void FindKey_EnumerationHasNonsense_IsRefusedAsAnyOtherChange()
    {
        using IStateStore store = Open();
        Write(store, static transaction => transaction.InsertKey(NewKey("key-1", 1)));
        Tamper("UPDATE key_materials SET state = 'CURREMT'");
        Assert.Equal(
            new StoreDamage("key_materials", "region=eu-central-1, key_id=key-1, position=0"),
            Assert.Throws<StateStoreException>(() => Read(store, static reader => reader.FindKey(Region, "key-1"))).Damage);
    }

    [Fact]
    public void FindDueKey_TheFirstIsDamaged_FindsTheNext()
    {
        using IStateStore store = Open();
        Write(store, static transaction =>
        {
            transaction.InsertKey(NewKey("key-1") with { DeletionDate = s_time });
            transaction.InsertKey(NewKey("key-2") with { DeletionDate = s_time.AddSeconds(1) });
        });
        Tamper("UPDATE keys SET description = 'another' WHERE key_id = 'key-1'");
        Assert.Equal("key-2", Read(store, static reader => reader.FindDueKey(s_time.AddSeconds(1)))!.KeyId);
        Assert.Null(Read(store, static reader => reader.FindDueKey(s_time)));
    }

    [Fact]
    public void Open_TheRowOfTheStoreIsChanged_IsRefused()
    {
        Open().Dispose();
        Tamper("UPDATE store SET is_simulated_clock = 1, simulated_time = 0");

        Assert.Equal(new StoreDamage("store", "id=1"), Assert.Throws<StateStoreException>(() => Open().Dispose()).Damage);
    }

    // The form is fixed: another one would make every row of every store a damaged one.
    [Fact]
    public void Compute_ARow_IsTheMacOfItsCanonicalForm()
    {
        using RootKey rootKey = new([.. Enumerable.Range(0, 32).Select(static i => (byte)i)]);
        using StoreSecrets secrets = StoreSecrets.DeriveFrom(rootKey);
        RowAuthenticator row = new(secrets.Rows);
        row.Begin("t").Add("a", 258L);
        row.Add("b", "ü");
        row.Add("c", new byte[] { 7 });
        byte[] expected = new byte[RowMac.Size];
        secrets.Rows.Compute(
            [
                1, 0, 0, 0, (byte)'t',
                1, 0, 0, 0, (byte)'a', 1, 2, 1, 0, 0, 0, 0, 0, 0,
                1, 0, 0, 0, (byte)'b', 2, 2, 0, 0, 0, 0xC3, 0xBC,
                1, 0, 0, 0, (byte)'c', 3, 1, 0, 0, 0, 7,
            ],
            expected);
        Assert.Equal(expected, row.End());

        row.Begin("t").Add("a", 258L);
        row.Add("b", "ü");
        row.Add("bb", null);
        row.Add("c", new byte[] { 7 });
        Assert.Equal(expected, row.End());
        Assert.Equal("f1", Convert.ToHexStringLower(expected)[..2]);
    }

    private static Key? ReadPast(IStateStore store)
    {
        using IStateReader reader = store.OpenReader(s_time.AddSeconds(-1));
        return reader.FindKey(Region, "key-1");
    }

    private static void Fill(IStateStore store) => Write(store, static transaction =>
    {
        transaction.WriteStoreTime(StoreTime.Of(s_time));
        transaction.PutXksProxyAddress(new XksProxyAddress { HostName = "xks.example.com" });
        transaction.PutVpcEndpointService(new VpcEndpointService
        {
            ServiceName = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
            Owner = "111122223333",
        });
        transaction.WriteQuotas(new QuotaLimits { Changed = QuotaLimits.Default.Changed.Add("KeysPerRegion", 5) });
        transaction.InsertKey(NewKey("key-1", 1));
        transaction.InsertAlias(new KeyAlias(Region, "alias/a", "key-1", s_time, s_time));
        transaction.InsertAlias(new KeyAlias(Region, "alias/former", "key-1", s_time, s_time));
        transaction.DeleteAlias(Region, "alias/former");
        transaction.InsertGrant(new Grant
        {
            Region = Region,
            KeyId = "key-1",
            GrantId = "g",
            Name = "n",
            CreationDate = s_time,
            Grantee = new GrantPrincipal("alice", false),
            Operations = [GrantOperation.Encrypt],
        });
        transaction.HoldMaterial(new HeldMaterial(Region, "key-1", s_time, NewKey("key-1", 1).Materials[0]));
        transaction.InsertCustomKeyStore(new CustomKeyStore
        {
            CustomKeyStoreId = "cks-1",
            Region = Region,
            Name = "lab",
            CloudHsmClusterId = "cluster-1",
            TrustAnchorCertificate = "PEM",
            CreationDate = s_time,
            WrappedPassword = new byte[] { 1 },
        });
        transaction.InsertCluster(new HsmCluster
        {
            ClusterId = "cluster-1",
            Library = "/usr/lib/libx.so",
            Tokens = [new HsmToken("lab", "0001")],
            TrustAnchorCertificate = "PEM",
            CreationDate = s_time,
        });
        transaction.InsertBackup(
            new HsmClusterBackup
            {
                BackupId = "backup-1",
                ClusterId = "cluster-1",
                Kind = HsmBackupKind.VENDOR,
                CreationDate = s_time,
                Hsms = [new HsmToken("lab", "0001")],
                TrustAnchorCertificate = "PEM",
            },
            [new HsmBackupKey("ab", IsCertain: true)]);
        transaction.AddHsmRestoration(new HsmClusterRestoration("cluster-1", s_time, "backup-1", "cluster-0", s_time));
        transaction.AddKeyMaterialFact(new KeyMaterialFact(KeyMaterialFactKind.CREATED, Region, "key-1", s_time, "cluster-1", "ab"));
        transaction.PutStrayKeyMaterial(new StrayKeyMaterial
        {
            ClusterId = "cluster-1",
            BackingKeyId = "cd",
            CustomKeyStoreId = "cks-1",
            Region = Region,
            KeyArn = "arn",
            Reason = StrayReason.ORPHANED,
            Since = s_time,
        });
        transaction.InsertAccessKey(new AccessKey
        {
            AccessKeyId = "AKIA",
            PrincipalArn = "arn:aws:iam::111122223333:user/alice",
            CreationDate = s_time,
            WrappedSecret = [1],
        });
        transaction.PutAlarm(new Alarm
        {
            Name = "a",
            Event = AlarmEvent.KeyMaterialExpiring,
            Threshold = 1,
            CreationDate = s_time,
            StateUpdated = s_time,
        });
        transaction.PutPrincipal(new Principal
        {
            Type = PrincipalType.User,
            Name = "alice",
            AccountId = "111122223333",
            UniqueId = "AIDA",
            CreationDate = s_time,
        });
        transaction.WriteConsistencyDelay(10, s_time);
        transaction.ChangeTime = s_time;
        transaction.UpdateKey(NewKey("key-1", 1) with { Description = "changed" });
    });

    private static List<StoreDamage> FindDamage(AuthenticatedTables tables)
    {
        List<StoreDamage> found = [];
        tables.Verify(finding =>
        {
            Assert.Equal(StoreFindingKind.RECORD_CHANGED, finding.Kind);
            found.Add(new StoreDamage(finding.Table!, finding.Record!));
        });
        return found;
    }

    private Database OpenFile()
    {
        Database database = new(Path.Combine(Folder, "state.db"));
        database.AuthenticateRows(ReadSecrets(database).Rows);
        return database;
    }
}
