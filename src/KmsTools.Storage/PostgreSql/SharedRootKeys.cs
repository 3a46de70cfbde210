using KmsTools.Persistence;
using KmsTools.Storage.RootKeys;

namespace KmsTools.Storage.PostgreSql;

/// <summary>The root key of an open shared store, with what it needs of the database and of this machine.</summary>
internal sealed class SharedRootKeys : IDisposable
{
    // Not the name of the machine: two processes of one may have different files.
    private readonly string _node = Guid.NewGuid().ToString("N");
    private readonly RootKeyDatabase _database;
    private readonly SharedRootKey _place;
    private RootKeyWatch? _watch;
    private bool _isUp = true;

    private SharedRootKeys(Connections connections, RootKeyFile? file, StateStoreOptions options)
    {
        _database = new RootKeyDatabase(connections);
        _place = new SharedRootKey(connections.Settings.Location, file, _database, new RootKeyHandover(_database, _node));
        try
        {
            Keeper = new RootKeyKeeper(_place, options.Unlock);
        }
        catch
        {
            EndWatch();
            _place.Dispose();
            throw;
        }
    }

    public RootKeyKeeper Keeper { get; }

    /// <summary>The root key file of this machine where it holds a key in clear although the store is sealed; null if it does not.</summary>
    public string? Leftover => _place.Leftover;

    /// <summary>Opens the root key of a store, which is made if the database has none.</summary>
    /// <param name="connections">The connections of this node.</param>
    /// <param name="options">How the store is opened.</param>
    /// <param name="limit">The maximum time to wait for others.</param>
    /// <exception cref="StateStoreException">There is no root key for this machine, or it cannot be opened.</exception>
    public static SharedRootKeys Open(Connections connections, StateStoreOptions options, TimeSpan limit)
    {
        RootKeyFile? file = SharedRootKeyFile.Find(options.Shared!);
        SharedStoreBirth.Ensure(connections, file, options, limit);
        return new SharedRootKeys(connections, file, options);
    }

    /// <summary>Begins to follow what other machines do with the root key, once the store is open.</summary>
    /// <param name="dropFormer">Drops former generations, in a transaction (<see cref="IStateStore.DropFormerRootKeys"/>).</param>
    public void Watch(Action dropFormer) => _watch = new RootKeyWatch(_database, Keeper, _node, dropFormer);

    /// <summary>Looks at once what there is to follow.</summary>
    public void Look() => _watch?.Look();

    /// <summary>Ends what <see cref="Watch"/> has begun, and says that this machine is up no longer.</summary>
    public void EndWatch()
    {
        _watch?.Dispose();
        if (_isUp)
        {
            _isUp = false;
            try
            {
                _database.Run(rows =>
                {
                    rows.DeleteNode(_node);
                    return true;
                });
            }
            catch (Exception exception) when (exception is StateStoreException or ObjectDisposedException)
            {
                // It counts as away after a while.
            }
        }
    }

    public void Dispose()
    {
        EndWatch();
        Keeper.Dispose();
        _place.Dispose();
    }
}
