using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.RootKeys;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// Says now and then that a machine is up, and lets it follow, also while it has nothing to do, what others do with the root key: take a
/// new generation into its own file, drop former ones, and put the sealed content in place of its file.
/// </summary>
internal sealed class RootKeyWatch : IDisposable
{
    private const int MillisecondsBetween = 1000;

    // A machine that is up is silent for much less than what it may be silent for.
    private const int LooksBetweenSigns = 5;

    private readonly IRootKeyDatabase _database;
    private readonly RootKeyKeeper _keys;
    private readonly string _node;
    private readonly Action _drop;
    private readonly Timer _timer;
    private readonly Lock _looking = new();
    private int _looks;
    private bool _isClosed;

    /// <summary>Begins to watch.</summary>
    /// <param name="database">The rows.</param>
    /// <param name="keys">The root key.</param>
    /// <param name="node">This machine, of those that are up.</param>
    /// <param name="drop">Drops former generations, in a transaction.</param>
    public RootKeyWatch(IRootKeyDatabase database, RootKeyKeeper keys, string node, Action drop)
    {
        _database = database;
        _keys = keys;
        _node = node;
        _drop = drop;
        _timer = new Timer(_ => Look(), null, MillisecondsBetween, MillisecondsBetween);
    }

    /// <summary>Looks once.</summary>
    public void Look()
    {
        if (!_looking.TryEnter())
        {
            return;
        }

        try
        {
            if (!_isClosed)
            {
                Follow();
            }
        }
        catch (Exception exception) when (exception is StateStoreException or ObjectDisposedException or IOException
            or UnauthorizedAccessException or CryptographicException)
        {
            // Calls that need what is not there say so. The next look tries again.
        }
        finally
        {
            _looking.Exit();
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_looking)
        {
            _isClosed = true;
        }
    }

    private void Follow()
    {
        RootKeyNews news = _database.Run(static rows => rows.Look());
        if (news.IsSealed != _keys.IsCommon || !_keys.RootKey.Holds(news.Generation))
        {
            _keys.Refresh();
        }

        ImmutableArray<int> held = _keys.RootKey.Held;
        bool hasFormer = held[0] < news.Generation;
        if (_looks++ % LooksBetweenSigns == 0)
        {
            _database.Run(rows =>
            {
                rows.PutNode(_node, held[^1]);
                return true;
            });
        }

        if (!news.IsRotating && held.Contains(news.Generation) && (hasFormer || news.HasOffers))
        {
            _drop();
        }
    }
}
