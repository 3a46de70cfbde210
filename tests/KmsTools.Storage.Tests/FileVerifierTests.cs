using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>What the verification of the files of a store finds.</summary>
public sealed class FileVerifierTests : StoreFixture
{
    private string State => Path.Combine(Folder, "state.db");

    [Fact]
    public void VerifyFiles_NothingIsWrong_SaysHowMuchThatIs()
    {
        using IStateStore store = Filled();
        StoreFileVerification result = store.VerifyFiles(static finding => Assert.Fail(finding.Message));
        Assert.Equal((1, 1), (result.NewestChange, result.NewestLoggedChange));

        // The store, its authorization, its root key, two keys with a material each, an alias and a grant.
        Assert.Equal(9, result.Records);
    }

    [Fact]
    public void VerifyFiles_ARecordIsChanged_NamesIt()
    {
        using IStateStore store = Filled();
        Change("UPDATE aliases SET target_key_id = 'key-2'");
        StoreFinding finding = Assert.Single(Verify(store));
        Assert.Equal(StoreFindingKind.RECORD_CHANGED, finding.Kind);
        Assert.Equal(("aliases", "region=eu-central-1, alias_name=alias/a"), (finding.Table, finding.Record));
        Assert.True(finding.IsDamage);
    }

    [Fact]
    public void VerifyFiles_AKeyIsDeletedBesideItsTriggers_SaysThatRecordsAreMissing()
    {
        using IStateStore store = Filled();
        Change("PRAGMA foreign_keys = OFF; DROP TRIGGER keys_count_deleted_customer; DELETE FROM keys WHERE key_id = 'key-1'");
        string[] messages = [.. Verify(store).Select(static finding => finding.Message)];
        Assert.Contains("There were 2 records (region eu-central-1), and 1 are there.", messages);
        Assert.Contains("A record in table 'key_materials' belongs to one in table 'keys' that does not exist.", messages);
        Assert.Contains("A record in table 'aliases' belongs to one in table 'keys' that does not exist.", messages);
    }

    [Theory]
    [InlineData(
        "CREATE TRIGGER helpful AFTER INSERT ON grants BEGIN DELETE FROM grants; END", "has a trigger 'helpful' that KmsTools did not make.")]
    [InlineData("CREATE TABLE mine (a)", "has a table 'mine' that KmsTools did not make.")]
    [InlineData("ALTER TABLE aliases ADD COLUMN mine TEXT", "has a table 'aliases' that is not as KmsTools made it.")]
    [InlineData("DROP TRIGGER keys_count_deleted_customer", "lacks a trigger 'keys_count_deleted_customer'.")]
    public void VerifyFiles_SchemaIsChanged_SaysHow(string sql, string difference)
    {
        using IStateStore store = Filled();
        Change(sql);
        StoreFinding finding = Assert.Single(Verify(store));
        Assert.Equal((StoreFindingKind.FILE_DAMAGED, "state.db", State), (finding.Kind, finding.Subject, finding.Path));
        Assert.Equal($"'state.db' {difference} Another program changed it, and may have changed records by it.", finding.Message);
    }

    [Fact]
    public void VerifyFiles_SchemaOfTheIndexIsChanged_SaysHow()
    {
        using IStateStore store = Filled();
        using (Sqlite.Database index = new(Path.Combine(Folder, "events.db")))
        {
            index.Execute("CREATE VIEW mine AS SELECT 1");
        }

        StoreFinding finding = Assert.Single(Verify(store));
        Assert.Equal(
            "'events.db' has a view 'mine' that KmsTools did not make. Another program changed it, and may have changed records by it.",
            finding.Message);
    }

    [Fact]
    public void VerifyFiles_RootKeyIsAnother_SaysSo()
    {
        using IStateStore store = Filled();
        string file = Path.Combine(Folder, "root.key");
        byte[] key = File.ReadAllBytes(file);
        key[0] ^= 1;
        using (FileStream stream = new(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.Write(key);
        }

        StoreFinding finding = Assert.Single(Verify(store));
        Assert.Equal((StoreFindingKind.FILE_DAMAGED, "root.key", file), (finding.Kind, finding.Subject, finding.Path));
        Assert.Equal("The root key is not that of the store.", Assert.Throws<StateStoreException>(store.Probe).Reason);
    }

    [Fact]
    public void VerifyFiles_ChangesAreLost_SaysUpToWhere()
    {
        using IStateStore store = Filled();
        Change("UPDATE commits SET number = 0");
        StoreFinding finding = Assert.Single(Verify(store));
        Assert.Equal(StoreFindingKind.CHANGES_LOST, finding.Kind);
        Assert.Equal("The event log has events of changes up to 1, and 'state.db' ends with change 0.", finding.Message);
        Assert.Equal("The state has lost changes.", Assert.Throws<StateStoreException>(store.Probe).Reason);
    }

    [Fact]
    public void VerifyFiles_AnIndexOfStateIsDamaged_SaysWhatSqliteFinds()
    {
        Filled().Dispose();
        using (Database database = new(State))
        {
            database.Execute(
                "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'aliases (region, target_key_id, alias_name)', "
                    + "'aliases (region, alias_name, target_key_id)') WHERE name = 'aliases_by_key'");
        }

        using IStateStore store = Open();
        StoreFinding finding = Verify(store)[0];
        Assert.Equal((StoreFindingKind.FILE_DAMAGED, "state.db", State), (finding.Kind, finding.Subject, finding.Path));
        Assert.Contains("aliases_by_key", finding.Message, StringComparison.Ordinal);
    }

    private static List<StoreFinding> Verify(IStateStore store)
    {
        List<StoreFinding> found = [];
        store.VerifyFiles(found.Add);
        return found;
    }

    private IStateStore Filled()
    {
        IStateStore store = Open();
        Write(store, static transaction =>
        {
            transaction.InsertKey(NewKey("key-1", 1));
            transaction.InsertKey(NewKey("key-2", 2));
            transaction.InsertAlias(new KeyAlias(Region, "alias/a", "key-1", Time("2026-01-01T00:00:00Z"), Time("2026-01-01T00:00:00Z")));
            transaction.InsertGrant(new Grant
            {
                Region = Region,
                KeyId = "key-1",
                GrantId = "g",
                Name = "",
                CreationDate = Time("2026-01-01T00:00:00Z"),
                Grantee = new GrantPrincipal("alice", false),
                Operations = [GrantOperation.Encrypt],
            });
            transaction.Append(NewEvent("1"));
        });
        return store;
    }

    private void Change(string sql)
    {
        using Database database = new(State);
        database.Execute(sql);
    }
}
