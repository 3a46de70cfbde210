using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Storage;

namespace KmsTools.Benchmarks.Stores;

/// <summary>A folder for a store, and engines over it. The folder is gone at the end.</summary>
/// <param name="database">The connection string of an empty database whose store it is; null for one in the folder.</param>
internal sealed class TemporaryStore(string? database = null) : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("kmstools-benchmark-").FullName;

    /// <summary>The database, and the root key file of the store there; null for a store in a folder.</summary>
    public SharedStoreOptions? Shared => database is null ? null : new SharedStoreOptions
    {
        ConnectionString = database,
        RootKeyFile = FileNextToIt("root.key"),
    };

    public string Folder => Path.Combine(_parent, "store");

    /// <summary>A place for what does not belong into the store.</summary>
    public string FileNextToIt(string name) => Path.Combine(_parent, name);

    public KmsEngine OpenEngine(bool? simulatedClock = null) => new(
        OpenStore(simulatedClock), static () => throw new NotSupportedException(), static () => throw new NotSupportedException());

    public IStateStore OpenStore(bool? simulatedClock = null) =>
        new StoreFactory().Open(new StateStoreOptions { Folder = Folder, Shared = Shared, SimulatedClock = simulatedClock });

    /// <summary>Makes a key and names it.</summary>
    /// <returns>Its ID.</returns>
    public static string CreateKey(KmsEngine engine, string? aliasName = null)
    {
        string keyId = engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        if (aliasName is not null)
        {
            engine.Execute(new CreateAliasRequest { AliasName = aliasName, TargetKeyId = keyId });
        }

        return keyId;
    }

    public void Dispose() => Directory.Delete(_parent, recursive: true);
}
