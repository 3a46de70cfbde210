using KmsTools.BouncyCastle;
using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Endpoint;

/// <summary>A store with its engine and the dependencies of the engine: SQLite, HSMs and Bouncy Castle.</summary>
internal sealed class OpenedStore : IDisposable
{
    private readonly LazyHsmProvider _hsms;

    private OpenedStore(KmsEngine engine, LazyHsmProvider hsms)
    {
        Engine = engine;
        _hsms = hsms;
    }

    public KmsEngine Engine { get; }

    /// <summary>The user who runs this program, for the events of its own actions.</summary>
    public Caller Caller => Caller.LocalUser(Engine.Properties.AccountId) with { UserAgent = "KmsTools/Endpoint" };

    /// <summary>Opens a store; creates it if it does not exist, with a warning if its name is probably a typo.</summary>
    /// <exception cref="StateStoreException">It cannot be opened.</exception>
    public static OpenedStore Open(StateStoreOptions options)
    {
        string? warning = options.Temporary || options.Folder == DefaultStore.Folder
            ? null
            : NewStore.Warning(Path.GetFullPath(options.Folder));
        LazyHsmProvider hsms = new();
        try
        {
            OpenedStore store = new(
                new KmsEngine(new SqliteStateStoreFactory().Open(options), hsms.Get, static () => new BouncyCastleSignatures()),
                hsms);
            if (warning is not null)
            {
                Console.Error.WriteLine($"Warning: {warning}");
            }

            return store;
        }
        catch
        {
            hsms.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Engine.Dispose();
        _hsms.Dispose();
    }
}
