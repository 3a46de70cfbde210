using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.RootKeys;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// root.key of a shared store. While the store is sealed, it is a row of the database, as it is sealed. Otherwise each machine has a file,
/// and the database has nothing of it.
/// <para>
/// A machine that seals the store, or finds it sealed, puts the sealed content in place of its file too: so no key stays there in clear, and a
/// database that is put back to a time before it was sealed can still be opened with what opens the seal. While there is a row, the file is
/// otherwise not looked at.
/// </para>
/// <para>
/// The row is written beside the transaction that uses what is new in it, and committed before, as the file is; only sealing and unsealing
/// write it within their transaction.
/// </para>
/// </summary>
/// <param name="location">The store, for people.</param>
/// <param name="file">The file of this machine; null if none was named.</param>
/// <param name="database">The rows of the database.</param>
/// <param name="handover">Hands new generations over to other machines.</param>
internal sealed partial class SharedRootKey(string location, RootKeyFile? file, IRootKeyDatabase database, IRootKeyHandover handover)
    : IRootKeyPlace, IDisposable
{
    private static readonly TimeSpan s_busyLimit = TimeSpan.FromSeconds(30);

    // What the transaction that seals or unseals has done so far. Everything here is used under the lock of the keeper.
    private Exchanged _exchanged;
    private byte[]? _sealing;
    private IDisposable? _entered;
    private bool _isRow;

    private enum Exchanged
    {
        Nothing,
        RowOnly,
        FileReplaced,
        FileMade,
    }

    public string Store => location;

    public IRootKeyHandover? Handover => handover;

    public bool IsCommon => _isRow;

    public bool HasLeftovers => file is { HasLeftovers: true };

    // The database says in each transaction which generation is used. There is nothing else to look at.
    public FileStatus? Look() => null;

    public bool TryRead(Span<byte> content, out int length)
    {
        byte[]? row = _exchanged == Exchanged.Nothing ? ReadRow() : _sealing;
        _isRow = row is not null;
        if (row is null)
        {
            bool isRead = SharedRootKeyFile.TryRead(RequireFile(), content, out length);
            KnowSeal(content[..Math.Min(length, content.Length)]);
            return isRead;
        }

        length = row.Length;
        return row.AsSpan().TryCopyTo(content);
    }

    // While there is a row, no file is written but by what enters the lock itself.
    public IDisposable? Enter() => file is null || _entered is not null || (_isRow && ReadRow() is not null)
        ? null
        : new Entered(this, EnterFile(file));

    public void Write(ReadOnlySpan<byte> content)
    {
        if (!_isRow)
        {
            RequireFile().Replace(content);
            return;
        }

        byte[] row = content.ToArray();
        database.Run(rows =>
        {
            rows.PutSealed(row);
            return true;
        });
    }

    public void Exchange(StateConnection state, RootKey rootKey, ReadOnlySpan<byte> content)
    {
        byte[]? sealing = SealedRootKey.IsSealed(content) ? content.ToArray() : null;
        RootKeyRows rows = new(state.Database);
        try
        {
            if (sealing is null)
            {
                rows.DeleteSealed();
                Unseal(rootKey, content);
            }
            else
            {
                rows.PutSealed(sealing);
                if (file is not null && File.Exists(file.Path) && (!_isRow || IsCopy(file, rootKey)))
                {
                    ExchangeFile(file, content);
                }
            }
        }
        catch
        {
            if (_exchanged == Exchanged.Nothing)
            {
                Leave();
            }

            throw;
        }

        _sealing = sealing;
        if (_exchanged == Exchanged.Nothing)
        {
            _exchanged = Exchanged.RowOnly;
        }
    }

    public void EndExchange(bool isCommitted)
    {
        try
        {
            // Whether a transaction whose answer was lost has deleted the row is asked before the key in the file is taken away.
            if (!isCommitted && file is not null
                && (_sealing is not null || database.Run(static rows => rows.ReadSealedForCertain()) is not null))
            {
                TakeBack(file);
            }
        }
        finally
        {
            _exchanged = Exchanged.Nothing;
            _sealing = null;
            Leave();
        }
    }

    public void Forget() => file?.Forget();

    public StateStoreException IsDamaged() => _isRow
        ? new($"The sealed root key in the database of the store '{location}' (table root_key_file) is damaged. Restore the "
            + "database from a backup.")
        : new($"'{file?.Path}' is damaged. Copy the file from another machine that uses the store, or restore it from a backup.");

    public StateStoreException NotOfStore(ImmutableArray<int> held, Exception? exception)
    {
        int generation = database.Run(static rows => rows.ReadGeneration());
        if (_isRow)
        {
            return new($"The sealed root key in the database of the store '{location}' is not the key of this store. Restore the "
                + "database from a backup.", exception)
            {
                Reason = "The root key is not that of the store.",
                SharedFault = SharedStoreFault.OtherRootKey,
            };
        }

        bool isOlder = held.All(number => number < generation);
        return new(
            isOlder
                ? $"'{file?.Path}' has generation {string.Join(" and ", held)} of the root key, and the store '{location}' uses generation "
                    + $"{generation}: the root key was rotated while this machine was away, or the file is that of another store. Copy the "
                    + "root key file from a machine that uses the store."
                : $"'{file?.Path}' is not the key of the store '{location}'. Copy the root key file from a machine that uses the store.",
            exception)
        {
            Reason = isOlder ? "The root key was rotated while this machine was away." : "The root key is not that of the store.",
            SharedFault = isOlder ? SharedStoreFault.OlderRootKey : SharedStoreFault.OtherRootKey,
        };
    }

    public void Dispose() => Leave();

    private static IDisposable EnterFile(RootKeyFile file) => SharedRootKeyFile.Enter(file, s_busyLimit);

    private RootKeyFile RequireFile() => SharedRootKeyFile.Require(file, location);

    private void Unseal(RootKey rootKey, ReadOnlySpan<byte> content)
    {
        if (file is null)
        {
            throw SharedRootKeyFile.IsNotNamed(location);
        }

        if (!File.Exists(file.Path))
        {
            SharedRootKeyFile.MakeFolder(file);
            _entered ??= EnterFile(file);
            SharedRootKeyFile.Make(file, content);
            _exchanged = Exchanged.FileMade;
        }
        else if (!_isRow || IsCopy(file, rootKey))
        {
            ExchangeFile(file, content);
        }
        else
        {
            throw new StateStoreException(
                $"'{file.Path}' is there already, and not a key of the store '{location}' as it is now. Nothing was changed. Move the file "
                    + "away, or name another one.");
        }
    }

    // No other process of this machine may delete the former file before the end of the transaction.
    private void ExchangeFile(RootKeyFile own, ReadOnlySpan<byte> content)
    {
        _entered ??= EnterFile(own);
        own.Exchange(content);
        _exchanged = Exchanged.FileReplaced;
        KnowSeal(content);
    }

    private void TakeBack(RootKeyFile own)
    {
        switch (_exchanged)
        {
            case Exchanged.FileReplaced:
                own.PutBack();
                break;
            case Exchanged.FileMade:
                own.Remove();
                break;
        }
    }

    private byte[]? ReadRow() => database.Run(static rows => rows.ReadSealed());

    private void Leave()
    {
        _entered?.Dispose();
        _entered = null;
    }

    private sealed class Entered : IDisposable
    {
        private readonly SharedRootKey _place;

        public Entered(SharedRootKey place, IDisposable held)
        {
            _place = place;
            place._entered = held;
        }

        // Whoever has exchanged the file keeps the lock.
        public void Dispose()
        {
            if (_place._exchanged is Exchanged.Nothing or Exchanged.RowOnly)
            {
                _place.Leave();
            }
        }
    }
}
