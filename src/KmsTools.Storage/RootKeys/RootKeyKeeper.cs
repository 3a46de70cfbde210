using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.Sqlite;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.RootKeys;

/// <summary>
/// The root key of an open store and its place: keeps new generations, drops former ones, and follows what other processes have done.
/// <para>
/// The rule: a generation is in root.key before anything is wrapped by it, and until nothing is any more. The number of the generation in
/// use is in the state. One in root.key that is higher was made by a process that died, or is about to save that it is in use; it is never
/// taken up later, and its number never used again, so that a number always means the same key.
/// </para>
/// <para>
/// Where each machine has a root.key, the rule holds for each: a new generation is handed over before it is used, and a machine has it in
/// its own root.key before it wraps by it.
/// </para>
/// </summary>
internal sealed partial class RootKeyKeeper : IRootKeyKeeper, IDisposable
{
    private readonly IRootKeyPlace _place;

    // Guards the content as this process knows it.
    private readonly Lock _gate = new();
    private FileStatus? _known;

    /// <summary>Reads root.key.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="unlock">Opens the seal of a sealed store; null if nothing does.</param>
    /// <exception cref="StateStoreException">It is missing, damaged or sealed.</exception>
    public RootKeyKeeper(IRootKeyPlace place, Func<Seal, SealKey>? unlock)
    {
        _place = place;
        ImmutableArray<RootKeyGeneration> generations = RootKeyContent.Read(place, out SealedRootKey? sealedKey);
        try
        {
            RootKey = new RootKey(sealedKey is null ? generations : Open(sealedKey, unlock), ReadAgain);
            ReadAgain();
        }
        catch
        {
            RootKey?.Dispose();
            DisposeSealKeys();
            throw;
        }
    }

    public RootKey RootKey { get; }

    /// <summary>The generations in root.key, as it is now; the caller disposes of them.</summary>
    /// <param name="isSealed">Whether it is sealed.</param>
    public ImmutableArray<RootKeyGeneration> ReadGenerations(out bool isSealed)
    {
        lock (_gate)
        {
            ImmutableArray<RootKeyGeneration> generations = Read(out SealedRootKey? sealedKey);
            isSealed = sealedKey is not null;
            return generations;
        }
    }

    /// <summary>Whether the content is in a place that all have who use the store, as this process knows it.</summary>
    public bool IsCommon
    {
        get
        {
            lock (_gate)
            {
                return _place.IsCommon;
            }
        }
    }

    /// <summary>Reads root.key again, and takes over what others hand over.</summary>
    /// <exception cref="StateStoreException">It is missing, damaged, or sealed and cannot be opened.</exception>
    public void Refresh() => ReadAgain();

    /// <summary>Wraps with the generation that the store uses.</summary>
    /// <exception cref="StateStoreException">root.key does not have it.</exception>
    public void Follow(RootKeyState state)
    {
        try
        {
            RootKey.WrapWith(state.Generation);
        }
        catch (CryptographicException exception)
        {
            throw _place.NotOfStore(RootKey.Held, exception);
        }
    }

    /// <summary>Makes a generation, and keeps it beside the one in use. For the holder of the write lock of the store.</summary>
    /// <param name="current">The generation in use.</param>
    /// <returns>The number of the new one, which does not wrap yet.</returns>
    public int Add(int current)
    {
        lock (_gate)
        {
            using IDisposable? entered = _place.Enter();
            ImmutableArray<RootKeyGeneration> former = Read(out SealedRootKey? sealedKey);
            RootKeyGeneration inUse = former.FirstOrDefault(generation => generation.Number == current) ?? throw NotOfStore(former);
            int newest = Math.Max(former.Max(static generation => generation.Number), _place.Handover?.ReadNewest() ?? 0);
            RootKeyGeneration next = RootKeyGeneration.Generate(checked(newest + 1));

            try
            {
                // First: its number is taken from then on, whatever becomes of it.
                if (!_place.IsCommon)
                {
                    _place.Handover?.Offer(next, RootKey);
                }
            }
            catch
            {
                Dispose([.. former, next]);
                throw;
            }

            Replace(former, [inUse, next], sealedKey, current);
            return next.Number;
        }
    }

    /// <summary>Drops the generations before one. For the holder of the write lock of the store.</summary>
    /// <param name="current">The generation in use.</param>
    public void DropBefore(int current)
    {
        lock (_gate)
        {
            using IDisposable? entered = _place.Enter();
            ImmutableArray<RootKeyGeneration> former = Read(out SealedRootKey? sealedKey);
            ImmutableArray<RootKeyGeneration> kept = [.. former.Where(generation => generation.Number >= current)];
            if (!kept.Any(generation => generation.Number == current))
            {
                throw NotOfStore(former);
            }

            if (kept.Length == former.Length)
            {
                // Another process has dropped them: the file is another one now, which this process has to know.
                Dispose(former);
                ReadAgain();
            }
            else
            {
                Replace(former, kept, sealedKey, current);
            }

            _place.Handover?.End(RootKey);
        }
    }

    /// <summary>
    /// Whether root.key is the file that this process knows, or one that a rotation or sealing by another process has put in its place.
    /// </summary>
    /// <param name="belongs">Whether a root key is that of the store.</param>
    /// <exception cref="StateStoreException">It was sealed, and this process cannot open the seal.</exception>
    public bool IsOfStore(Func<RootKey, bool> belongs)
    {
        if (IsKnown())
        {
            return true;
        }

        lock (_gate)
        {
            if (IsKnown())
            {
                return true;
            }

            try
            {
                (ImmutableArray<int> Held, string? SealId) lookedAt = ([], null);
                while (true)
                {
                    using RootKey found = new(Read(out SealedRootKey? sealedKey), readAgain: null);
                    string? sealId = sealedKey?.Seal.Id;
                    if (found.Held.SequenceEqual(lookedAt.Held) && sealId == lookedAt.SealId)
                    {
                        // Touched, but not replaced.
                        return IsSameFile();
                    }

                    // The store may have been rotated once more between the two reads: then there is another file to look at.
                    lookedAt = (found.Held, sealId);
                    if ((!lookedAt.Held.SequenceEqual(RootKey.Held) || sealId != _knownSealId) && belongs(found))
                    {
                        ReadAgain();
                        return true;
                    }
                }
            }
            catch (Exception exception) when (exception is StateStoreException { SealFault: null } or IOException
                or UnauthorizedAccessException)
            {
                // Missing, or not a root key.
                return false;
            }
        }
    }

    /// <summary>Refuses if root.key, as it is now, is not the key of a state. It may be replaced concurrently.</summary>
    public void Require(StateConnection state)
    {
        ImmutableArray<int> lookedAt = [];
        while (true)
        {
            using RootKey found = new(ReadGenerations(out _), readAgain: null);
            if (found.Held.SequenceEqual(lookedAt))
            {
                RequireOf(state.Store, found);
                return;
            }

            // The store may have been rotated between the two reads: then there is another file to look at.
            lookedAt = found.Held;
            if (state.Store.IsOf(found))
            {
                return;
            }
        }
    }

    /// <summary>Refuses if the root key that was read is not that of a state.</summary>
    /// <exception cref="StateStoreException">It is not.</exception>
    public void RequireOf(StoreTable store)
    {
        RequireOf(store, RootKey);
        lock (_gate)
        {
            _place.Prove(RootKey);
        }
    }

    public void Dispose()
    {
        RootKey.Dispose();
        lock (_gate)
        {
            DisposeSealKeys();
        }
    }

    private void RequireOf(StoreTable store, RootKey rootKey)
    {
        try
        {
            store.RequireRootKey(rootKey);
        }
        catch (CryptographicException exception)
        {
            throw _place.NotOfStore(rootKey.Held, exception);
        }
    }

    // With the time of its last change: after two rotations, a new file can have the number that the former one had.
    private bool IsKnown() => _place.Look() == _known;

    private bool IsSameFile() => _place.Look() is { } now && _known is { } known && now.IsSame(known);

    private void ReadAgain()
    {
        lock (_gate)
        {
            FileStatus? before;
            FileStatus? after = _place.Look();
            do
            {
                // It may be replaced between the two: what is known of the file must be of the one that was read.
                before = after;
                RootKey.Replace(ReadOrLeave(out SealedRootKey? sealedKey));
                KnowSeal(sealedKey);
                after = _place.Look();
            }
            while (after != before);
            _known = after;
            TakeOver();
        }
    }

    // Into the place first: nothing may be wrapped by what is in memory only.
    private void TakeOver()
    {
        if (_isExchanging)
        {
            return;
        }

        _place.ReplaceCopy(RootKey);
        while (!_place.IsCommon && _place.Handover?.TakeNext(RootKey) is { } next)
        {
            using IDisposable? entered = _place.Enter();
            ImmutableArray<RootKeyGeneration> former = Read(out SealedRootKey? sealedKey);
            if (_place.IsCommon)
            {
                // Sealed in the meantime.
                next.Dispose();
                RootKey.Replace(former);
                KnowSeal(sealedKey);
                return;
            }

            Replace(
                former,
                [.. former.Where(generation => generation.Number != next.Number), next],
                sealedKey,
                RootKey.Generation);
        }
    }

    private void Replace(
        ImmutableArray<RootKeyGeneration> former, ImmutableArray<RootKeyGeneration> generations, SealedRootKey? sealedKey, int current)
    {
        try
        {
            RootKeyContent.Use(generations, SealAgain(sealedKey, current), _place.Write);
        }
        catch
        {
            Dispose(former.Union(generations));
            throw;
        }

        _known = _place.Look();
        RootKey.Replace(generations);
        Dispose(former.Except(generations));
        _place.ReplaceCopy(RootKey);
    }

    private StateStoreException NotOfStore(ImmutableArray<RootKeyGeneration> read)
    {
        Dispose(read);
        return _place.NotOfStore([.. read.Select(static generation => generation.Number)], exception: null);
    }

    private static void Dispose(IEnumerable<RootKeyGeneration> generations)
    {
        foreach (RootKeyGeneration generation in generations)
        {
            generation.Dispose();
        }
    }
}
