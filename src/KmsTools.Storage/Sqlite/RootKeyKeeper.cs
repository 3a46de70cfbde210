using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// The root key of an open store and its file: seals new generations, drops former ones, and follows what other processes have done.
/// <para>
/// The rule: a generation is in root.key before anything is wrapped by it, and until nothing is any more. The number of the generation in
/// use is in state.db. One in root.key that is higher was sealed by a process that died, or is about to save that it is in use; it is never
/// taken up later, and its number never used again, so that a number always means the same key.
/// </para>
/// </summary>
internal sealed class RootKeyKeeper : IDisposable
{
    private readonly StoreFolder _folder;

    // Guards the file as this process knows it.
    private readonly Lock _gate = new();
    private FileStatus? _known;

    public RootKeyKeeper(StoreFolder folder)
    {
        _folder = folder;
        RootKey = new RootKey(RootKeyFile.Read(folder), ReadAgain);
        ReadAgain();
    }

    public RootKey RootKey { get; }

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
            throw NotOfStore(exception);
        }
    }

    /// <summary>Makes a generation, and seals it beside the one in use. For the holder of the write lock of the store.</summary>
    /// <param name="current">The generation in use.</param>
    /// <returns>The number of the new one, which does not wrap yet.</returns>
    public int Seal(int current)
    {
        lock (_gate)
        {
            ImmutableArray<RootKeyGeneration> former = RootKeyFile.Read(_folder);
            RootKeyGeneration inUse = former.FirstOrDefault(generation => generation.Number == current) ?? throw NotOfStore(null);
            RootKeyGeneration next = RootKeyGeneration.Generate(checked(former.Max(static generation => generation.Number) + 1));
            Replace(former, [inUse, next]);
            return next.Number;
        }
    }

    /// <summary>Drops the generations before one. For the holder of the write lock of the store.</summary>
    /// <param name="current">The generation in use.</param>
    public void DropBefore(int current)
    {
        lock (_gate)
        {
            ImmutableArray<RootKeyGeneration> former = RootKeyFile.Read(_folder);
            ImmutableArray<RootKeyGeneration> kept = [.. former.Where(generation => generation.Number >= current)];
            if (!kept.Any(generation => generation.Number == current))
            {
                throw NotOfStore(null);
            }

            if (kept.Length == former.Length)
            {
                // Another process has dropped them: the file is another one now, which this process has to know.
                Dispose(former);
                ReadAgain();
            }
            else
            {
                Replace(former, kept);
            }
        }
    }

    /// <summary>
    /// Whether root.key is the file that this process knows, or one that a rotation by another process has put in its place.
    /// </summary>
    /// <param name="belongs">Whether a root key is that of the store.</param>
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
                ImmutableArray<int> lookedAt = [];
                while (true)
                {
                    using RootKey found = new(RootKeyFile.Read(_folder), readAgain: null);
                    if (found.Held.SequenceEqual(lookedAt))
                    {
                        // Touched, but not replaced.
                        return IsSameFile();
                    }

                    // The store may have been rotated once more between the two reads: then there is another file to look at.
                    lookedAt = found.Held;
                    if (!lookedAt.SequenceEqual(RootKey.Held) && belongs(found))
                    {
                        ReadAgain();
                        return true;
                    }
                }
            }
            catch (Exception exception) when (exception is StateStoreException or IOException or UnauthorizedAccessException)
            {
                // Missing, or not a root key.
                return false;
            }
        }
    }

    public void Dispose() => RootKey.Dispose();

    // With the time of its last change: after two rotations, a new file can have the number that the former one had.
    private bool IsKnown() => FileStatus.Find(_folder.RootKeyFile) == _known;

    private bool IsSameFile() => FileStatus.Find(_folder.RootKeyFile) is { } now && _known is { } known && now.IsSame(known);

    private void ReadAgain()
    {
        lock (_gate)
        {
            FileStatus? before;
            FileStatus? after = FileStatus.Find(_folder.RootKeyFile);
            do
            {
                // It may be replaced between the two: what is known of the file must be of the one that was read.
                before = after;
                RootKey.Replace(RootKeyFile.Read(_folder));
                after = FileStatus.Find(_folder.RootKeyFile);
            }
            while (after != before);
            _known = after;
        }
    }

    private void Replace(ImmutableArray<RootKeyGeneration> former, ImmutableArray<RootKeyGeneration> generations)
    {
        try
        {
            RootKeyFile.Write(_folder, generations);
        }
        catch
        {
            Dispose(former.Union(generations));
            throw;
        }

        _known = FileStatus.Find(_folder.RootKeyFile);
        RootKey.Replace(generations);
        Dispose(former.Except(generations));
    }

    private StateStoreException NotOfStore(Exception? exception) => new(
        $"'{_folder.RootKeyFile}' is not the key of this store. Restore the file that was made with it from a backup.", exception);

    private static void Dispose(IEnumerable<RootKeyGeneration> generations)
    {
        foreach (RootKeyGeneration generation in generations)
        {
            generation.Dispose();
        }
    }
}
