using KmsTools.BouncyCastle;
using KmsTools.Cryptography;
using KmsTools.Labs;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage;
using KmsTools.Xks;

namespace KmsTools.Endpoint;

/// <summary>A store with its engine and the dependencies of the engine: databases, HSMs, Bouncy Castle and proxies.</summary>
internal sealed class OpenedStore : IDisposable
{
    private readonly LazyHsmProvider _hsms;
    private readonly string? _lab;

    private OpenedStore(KmsEngine engine, LazyHsmProvider hsms, string? lab)
    {
        Engine = engine;
        _hsms = hsms;
        _lab = lab;
    }

    public KmsEngine Engine { get; }

    /// <summary>The folder of the store, or of what this machine has of a store in a database; empty for a temporary store.</summary>
    public string Folder => _lab ?? "";

    /// <summary>The user who runs this program, for the events of its own actions.</summary>
    public Caller Caller => Caller.LocalUser(Engine.Properties.AccountId) with { UserAgent = "KmsTools/Endpoint" };

    /// <summary>Opens a store; creates it if it does not exist, with a warning if its name is probably a typo.</summary>
    /// <param name="options">The store.</param>
    /// <param name="credentials">What opens its seal, if it is sealed.</param>
    /// <param name="areOfSeal">Whether the credentials are good for nothing else than the seal.</param>
    /// <exception cref="StateStoreException">It cannot be opened.</exception>
    public static OpenedStore Open(StateStoreOptions options, SealCredentials credentials, bool areOfSeal = true)
    {
        string? warning = options.Temporary || options.Shared is not null || DefaultStore.IsFolder(options.Folder)
            ? null
            : NewStore.Warning(Path.GetFullPath(options.Folder));
        if (options.Shared is not null)
        {
            SharedStoreFolder.MakeFolderOfUser(options.Folder);
        }

        // Before the seal is opened, which may be in it. The environment may come from a session of another store.
        string? lab = options.Temporary ? null : Path.GetFullPath(options.Folder);
        if (lab is not null)
        {
            SoftHsmLab.Enter(lab);
        }

        LazyHsmProvider hsms = new();
        SealKey? key = null;
        Secret? passphrase = null;
        try
        {
            if (credentials.FromInput)
            {
                using Stream input = Console.OpenStandardInput();
                SealCredentials.ReadInput(input, out key, out passphrase);
            }

            StateStoreOptions withSeal = options with { Unlock = seal => credentials.Open(seal, hsms.Get, key, passphrase) };
            OpenedStore store = new(
                new KmsEngine(
                    new StoreFactory().Open(withSeal),
                    hsms.Get,
                    static () => new BouncyCastleSignatures(),
                    xksClient: static () =>
                    {
                        PoolThreads.KeepMany();
                        return new XksClient();
                    }),
                hsms,
                lab);
            if (areOfSeal && credentials.AreNamed && store.Engine.RootKey.ReadSeal() is null)
            {
                Console.Error.WriteLine("Warning: the store is not sealed. It was opened without what was given to open its seal.");
            }

            if (warning is not null)
            {
                Console.Error.WriteLine($"Warning: {warning}");
            }

            return store;
        }
        catch (Exception exception)
        {
            if (exception is StateStoreException { IsDamage: true } damage && options.Shared is null)
            {
                damage.RefusedFolder = Path.GetFullPath(options.Folder);
            }

            hsms.Dispose();
            if (lab is not null)
            {
                SoftHsmLab.Leave(lab);
            }

            throw;
        }
        finally
        {
            key?.Dispose();
            passphrase?.Dispose();
        }
    }

    public void Dispose()
    {
        Engine.Dispose();
        _hsms.Dispose();
        if (_lab is not null)
        {
            SoftHsmLab.Leave(_lab);
        }
    }
}
