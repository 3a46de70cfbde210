using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.Tests;

/// <summary>A real folder per test, and values to put into it.</summary>
public abstract partial class StoreFixture : IDisposable
{
    protected const string Region = "eu-central-1";

    // What tests write in place of files of a store is private, as those are.
    static StoreFixture()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = SetFileModeMask((uint)(UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
                | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute));
        }
    }

    private readonly string _parent = Directory.CreateTempSubdirectory("kmstools-sqlite-").FullName;

    protected string Folder => Path.Combine(_parent, "store");

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected static DateTimeOffset Time(string text) =>
        DateTimeOffset.Parse(text, null, System.Globalization.DateTimeStyles.AssumeUniversal);

    protected IStateStore Open() => Open(Folder);

    internal static IStateStore Open(string folder) => new StoreFactory().Open(TestStores.At(folder));

    protected static IStateStore Open(StateStoreOptions options) => new StoreFactory().Open(TestStores.At(options));

    /// <summary>Executes SQL past the store, as somebody would who tampers with it.</summary>
    protected void Tamper(string sql)
    {
        if (TestStores.AreShared)
        {
            TestStores.Server.Query(TestStores.DatabaseOf(Folder), sql);
            return;
        }

        using Database database = new(Path.Combine(Folder, "state.db"));
        database.Execute("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF");
        database.Execute(sql);
    }

    /// <summary>Reads a number past the store.</summary>
    protected long ReadNumber(string sql)
    {
        if (TestStores.AreShared)
        {
            string text = TestStores.Server.Query(TestStores.DatabaseOf(Folder), sql);
            return long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        }

        using Database database = new(Path.Combine(Folder, "state.db"));
        return database.ReadNumber(sql);
    }

    internal static Key NewKey(string keyId, params byte[] wrapped) => new()
    {
        AccountId = "111122223333",
        Region = Region,
        KeyId = keyId,
        CreationDate = Time("2026-03-04T05:06:07.089Z"),
        Policy = "{}",
        Materials =
        [
            new KeyMaterial
            {
                KeyMaterialId = new string('a', 64),
                State = KeyMaterialState.CURRENT,
                CreationDate = Time("2026-03-04T05:06:07.089Z"),
                Wrapped = [.. wrapped],
            },
        ],
    };

    internal static AuditRecord NewEvent(
        string eventId, string time = "2026-03-04T05:06:07Z", string? keyId = "key-1", string? secondKeyId = null, string name = "Encrypt",
        string region = Region, bool isUse = true) =>
        new(eventId, Time(time), name, region, keyId, secondKeyId, null, isUse, "{}"u8.ToArray());

    /// <summary>Appends events in their order, many at a time.</summary>
    protected static Task AppendAsync(IStateStore store, IEnumerable<AuditRecord> records) =>
        Task.WhenAll(records.Select(store.Events.AppendAsync));

    protected static void Write(IStateStore store, Action<IStateTransaction> change)
    {
        using IStateTransaction transaction = store.BeginTransaction();
        change(transaction);
        transaction.Commit();
    }

    protected static T Read<T>(IStateStore store, Func<IStateReader, T> read)
    {
        using IStateReader reader = store.OpenReader();
        return read(reader);
    }

    // What authenticates the rows of the store, whose root key was never rotated.
    internal StoreSecrets ReadSecrets(Database database)
    {
        using RootKey rootKey = new(File.ReadAllBytes(Path.Combine(Folder, "root.key")));
        return new StoreSecretsTable(database).Read(rootKey);
    }

    protected static string[] Ids(IEnumerable<AuditRecord> events) => [.. events.Select(static found => found.EventId)];

    public void Dispose()
    {
        Directory.Delete(_parent, recursive: true);
        GC.SuppressFinalize(this);
    }

    [System.Runtime.InteropServices.LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint SetFileModeMask(uint mask);
}
