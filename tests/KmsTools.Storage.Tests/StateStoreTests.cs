using System.Diagnostics;
using KmsTools.Cryptography;
using KmsTools.Identifiers;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

[OnEveryStore]
public sealed class StateStoreTests : StoreFixture
{
    [Fact]
    [InFolder]
    public void Open_NewFolder_FolderAndFilesAreForTheirOwnerOnly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no Unix file modes.");
        using IStateStore store = Open();
        ChildProcess.WriteBoth(store, "key-1");
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(Folder));
            string[] files = Directory.GetFiles(Folder);
            Assert.Equal(7, files.Length);
            foreach (string file in files)
            {
                Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(file));
            }
        }
    }

    [Fact]
    public void Open_Again_PropertiesAndRootKeyAreTheSame()
    {
        StateStoreProperties properties;
        byte[] wrapped;
        using (IStateStore store = Open())
        {
            properties = store.Properties;
            wrapped = store.RootKey.Wrap([1, 2, 3], "test");
        }

        using IStateStore again = Open();
        Assert.Equal(properties, again.Properties);
        again.RootKey.Unwrap(wrapped, "test").Dispose();
    }

    [Fact]
    public void Open_OptionsOfNewStore_AreKept()
    {
        StateStoreOptions options = new()
        {
            Folder = Folder,
            AccountId = AccountId.Parse("999988887777"),
            Region = RegionName.Parse("sa-east-1"),
            SimulatedClock = true,
        };
        Open(options).Dispose();
        using IStateStore store = Open();
        Assert.Equal("999988887777", store.Properties.AccountId);
        Assert.Equal("sa-east-1", store.Properties.Region);
        Assert.True(store.Properties.IsSimulatedClock);
        Assert.Equal(store.Properties.CreationDate, Read(store, static reader => reader.ReadSimulatedTime()));
    }

    [Fact]
    public void Open_OptionsDisagree_NamesTheStoredValue()
    {
        Open().Dispose();
        Assert.Contains("111122223333", Refused(new StateStoreOptions { Folder = Folder, AccountId = AccountId.Parse("999988887777") }));
        Assert.Contains("us-east-1", Refused(new StateStoreOptions { Folder = Folder, Region = RegionName.Parse("eu-west-1") }));
        Assert.Contains("real clock", Refused(new StateStoreOptions { Folder = Folder, SimulatedClock = true }));
    }

    [Theory]
    [InFolder]
    [InlineData("region", "us-east-1", "\n", "'us-east-1\\u000A' is not a valid Region name")]
    [InlineData("account_id", "111122223333", "\n", "'111122223333\\u000A' is not a valid account ID")]
    public void Open_MalformedValueInStore_IsRefusedAndLeftAsItIs(string column, string value, string ending, string refusal)
    {
        Open().Dispose();
        Set(value + ending);
        string message = Refused(new StateStoreOptions { Folder = Folder });
        Assert.Contains("The store was created with an account or a Region that makes invalid ARNs.", message);
        Assert.Contains(refusal, message);

        Set(value);
        Open().Dispose();

        void Set(string text)
        {
            using Database database = new(Path.Combine(Folder, "state.db"));
            using StoreSecrets secrets = ReadSecrets(database);
            database.AuthenticateRows(secrets.Rows);
            database.Execute($"UPDATE store SET {column} = '{text}'");
            new AuthenticatedTables(database).AuthenticateAll();
        }
    }

    [Fact]
    [InFolder]
    public void Open_NewerSchema_NamesBothVersions()
    {
        Open().Dispose();
        using (Database database = new(Path.Combine(Folder, "state.db")))
        {
            database.Execute("PRAGMA user_version = 42");
        }

        string message = Refused(new StateStoreOptions { Folder = Folder });
        Assert.Contains("version 42", message);
        Assert.Contains("up to 17", message);
        Assert.Contains("Update the KmsTools module", message);
    }

    [Theory]
    [InFolder]
    [InlineData("state.db")]
    [InlineData("events.db")]
    public void Open_DatabaseOfAnotherApplication_IsRefusedAndUnchanged(string name)
    {
        Open().Dispose();
        string file = Path.Combine(Folder, name);
        File.WriteAllBytes(file, []);
        using (Database database = new(file))
        {
            database.Execute("CREATE TABLE theirs (id INTEGER)");
        }

        byte[] before = File.ReadAllBytes(file);
        Assert.Equal(
            name == "state.db"
                ? $"'{file}' is the database of another application, and the rest of a store is beside it. Nothing was changed. Put the "
                    + "'state.db' of the store back, or restore the whole folder from a backup."
                : $"'{file}' is the database of another application. Move it away, or choose another folder.",
            Refused(new StateStoreOptions { Folder = Folder }));
        Assert.Equal(before, File.ReadAllBytes(file));
    }

    [Fact]
    [InFolder]
    public void Open_DatabaseOfAnotherApplicationWithoutAStore_IsRefusedAndUnchanged()
    {
        Directory.CreateDirectory(Folder);
        string file = Path.Combine(Folder, "state.db");
        File.WriteAllBytes(file, []);
        using (Database database = new(file))
        {
            database.Execute("CREATE TABLE theirs (id INTEGER)");
        }

        byte[] before = File.ReadAllBytes(file);
        Assert.Equal(
            $"'{file}' is not a KmsTools store: it is the database of another application. Choose another folder.",
            Refused(new StateStoreOptions { Folder = Folder }));
        Assert.Equal(before, File.ReadAllBytes(file));
    }

    [Fact]
    [InFolder]
    public void Open_FileThatIsNoDatabase_IsRefused()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "state.db"), new string('x', 5000));
        Assert.Contains("not a KmsTools store", Refused(new StateStoreOptions { Folder = Folder }));
        Assert.False(File.Exists(Path.Combine(Folder, "root.key")));
    }

    [Fact]
    [InFolder]
    public void Open_RootKeyMissing_IsRefusedAndNoneIsMade()
    {
        Open().Dispose();
        File.Delete(Path.Combine(Folder, "root.key"));
        Assert.Contains("missing", Refused(new StateStoreOptions { Folder = Folder }));
        Assert.False(File.Exists(Path.Combine(Folder, "root.key")));
    }

    [Fact]
    [InFolder]
    public void Open_RootKeyOfAnotherStore_IsRefused()
    {
        Open().Dispose();
        File.WriteAllBytes(Path.Combine(Folder, "root.key"), new byte[32]);
        Assert.Contains("not the key of this store", Refused(new StateStoreOptions { Folder = Folder }));
    }

    [Fact]
    [InFolder]
    public void Dispose_Temporary_FolderIsGone()
    {
        IStateStore store = new StoreFactory().Open(new StateStoreOptions { Folder = Folder, Temporary = true });
        ChildProcess.WriteBoth(store, "key-1");
        store.Dispose();
        Assert.False(Directory.Exists(Folder));
    }

    [Fact]
    [InFolder]
    public void Open_TemporaryOverExistingStore_IsRefusedAndStoreStays()
    {
        Open().Dispose();
        Assert.Contains("would be deleted", Refused(new StateStoreOptions { Folder = Folder, Temporary = true }));
        Open().Dispose();
    }

    [Fact]
    [InFolder]
    public void Dispose_KeyWasDeleted_ItsBytesAreInNoFile()
    {
        byte[] bytes = [.. Enumerable.Range(1, 200).Select(static n => (byte)(n * 7 % 251))];
        using (IStateStore store = Open())
        {
            Write(store, transaction => transaction.InsertKey(NewKey("key-1", bytes)));
            Assert.True(IsInAnyFile(bytes));
            Write(store, static transaction => transaction.DeleteKey(NewKey("key-1")));
            Assert.False(IsInAnyFile(bytes));
        }

        Assert.False(IsInAnyFile(bytes));
    }

    [Fact]
    [InFolder]
    public void UpdateKey_BytesRemoved_TheyAreInNoFile()
    {
        byte[] bytes = [.. Enumerable.Range(1, 200).Select(static n => (byte)(n * 11 % 251))];
        using IStateStore store = Open();
        Write(store, transaction => transaction.InsertKey(NewKey("key-1", bytes)));
        Write(store, static transaction => transaction.UpdateKey(NewKey("key-1")));
        Assert.False(IsInAnyFile(bytes));
    }

    [Fact]
    public void ReadVersion_CommitOfThisProcess_ChangesAndNeverComesBack()
    {
        using IStateStore store = Open();
        using IStateStore second = Open();
        HashSet<long> seen = new() { store.ReadVersion() };
        for (int i = 0; i < 50; i++)
        {
            Write(i % 2 == 0 ? store : second, transaction => transaction.InsertKey(NewKey($"key-{i}")));
            Assert.True(seen.Add(store.ReadVersion()));
        }
    }

    [Fact]
    public void ReadVersion_UsageEventsOrUncommittedChange_StaysTheSame()
    {
        using IStateStore store = Open();
        long before = store.ReadVersion();
        store.Events.Append(NewEvent("1"));
        using IStateTransaction transaction = store.BeginTransaction();
        transaction.InsertKey(NewKey("key-1"));
        Assert.Equal(before, store.ReadVersion());
    }

    private static string Refused(StateStoreOptions options) =>
        Assert.Throws<StateStoreException>(() => Open(options)).Message;

    private bool IsInAnyFile(byte[] bytes)
    {
        // Another process copies: closing a file here would drop the locks that SQLite has on it in this process.
        string copy = Folder + Guid.NewGuid();
        using (Process process = System.Diagnostics.Process.Start("cp", ["-r", Folder, copy]))
        {
            process.WaitForExit();
        }

        return Directory.GetFiles(copy).Any(file => File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0);
    }
}
