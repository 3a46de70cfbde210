using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql;

namespace KmsTools.Storage.Tests;

/// <summary>A database per test, and two machines on it, each with a root key file of its own.</summary>
public abstract class SharedStoreFixture : StoreFixture
{
    protected static readonly DateTimeOffset At = Time("2026-03-04T05:06:07Z");

    private SharedStoreOptions? _shared;

    /// <summary>The root key file of one machine.</summary>
    protected string One => Path.Combine(Folder, "one", "one.key");

    /// <summary>That of the other.</summary>
    protected string Other => Path.Combine(Folder, "other", "other.key");

    protected string Location => new StoreFactory().Databases.Locate(Shared);

    private SharedStoreOptions Shared => _shared ??= TestStores.Shared(Folder);

    protected StateStoreOptions Options(string? root) => new()
    {
        Folder = root is null ? Path.Combine(Folder, "none") : Path.GetDirectoryName(root)!,
        Shared = Shared with { RootKeyFile = root },
    };

    protected IStateStore OpenNode(string? root) => OpenNode(Options(root));

    protected static IStateStore OpenNode(StateStoreOptions options) => new StoreFactory().Open(options);

    protected string Query(string sql) => TestStores.Server.Query(TestStores.DatabaseOf(Folder), sql);

    protected void CopyFile()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Other)!);
        File.Copy(One, Other, overwrite: true);
    }

    // Without what has nothing to do with root keys.
    protected static string[] FilesOf(string root) =>
    [
        .. Directory.GetFiles(Path.GetDirectoryName(root)!).Select(static file => Path.GetFileName(file))
            .Where(static file => file != SeenCommit.FileName).Order(StringComparer.Ordinal),
    ];

    protected static RootKeyState StateOf(IStateStore store) => Read(store, static reader => reader.ReadRootKey());

    protected static void Begin(IStateStore store) => Write(store, static transaction => transaction.BeginRootKeyRotation(At));

    protected static void End(IStateStore store)
    {
        Write(store, transaction =>
        {
            foreach (StoredMaterial material in transaction.ListFormerMaterials(null, 100))
            {
                transaction.RewrapMaterial(material with
                {
                    Material = material.Material with { Wrapped = [.. store.RootKey.Wrap([1], "x")] },
                });
            }

            Assert.True(transaction.TryEndRootKeyRotation());
        });
        store.DropFormerRootKeys();
    }

    protected static void Rotate(IStateStore store)
    {
        Begin(store);
        End(store);
    }

    // Wrapped within the transaction, which follows the generation of the store.
    protected static void Insert(IStateStore store, string keyId) =>
        Write(store, transaction => transaction.InsertKey(NewKey(keyId, store.RootKey.Wrap([1], "x"))));

    protected static void Insert(IStateStore store, string keyId, byte[] wrapped) =>
        Write(store, transaction => transaction.InsertKey(NewKey(keyId, wrapped)));

    protected static void AssertRefused(SharedStoreFault fault, string message, Func<IDisposable> open)
    {
        StateStoreException refused = Assert.Throws<StateStoreException>(() => open().Dispose());
        Assert.Equal(message, refused.Message);
        Assert.Equal(fault, refused.SharedFault);
    }

    protected static void AssertIsPrivate(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(file));
        }
    }

    // A machine looks once a second.
    protected static void WaitUntil(Func<bool> isSo)
    {
        long start = Environment.TickCount64;
        while (!isSo())
        {
            Assert.True(Environment.TickCount64 - start < 30_000, "It is not so after 30 seconds.");
            Thread.Sleep(50);
        }
    }
}
