using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.Backups;
using KmsTools.Storage.RootKeys;

namespace KmsTools.Storage.Copying;

/// <summary>Writes the files of a copy of a store, with its root key sealed as that of the store is.</summary>
internal sealed class RootKeyCopy : ISnapshotWriter, IDisposable
{
    private const int MaxAttempts = 3;

    private readonly StagedFolder _folder;
    private readonly string _rootKeyName;
    private readonly Seal? _seal;
    private readonly SealKey? _key;

    private RootKeyCopy(StagedFolder folder, Seal? seal, SealKey? key)
    {
        _folder = folder;
        _rootKeyName = Path.GetFileName(folder.Files.RootKeyFile);
        _seal = seal;
        _key = key;
    }

    /// <summary>Whether the root key is sealed.</summary>
    public bool IsSealed => _seal is not null;

    /// <summary>Finds out how the root key of a store is sealed.</summary>
    /// <param name="store">The store.</param>
    /// <param name="folder">Where the copy is written.</param>
    public static RootKeyCopy Begin(IStateStore store, StagedFolder folder)
    {
        // Another process may seal the store again between the two.
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            Seal? seal = store.ReadSeal();
            if (seal is null)
            {
                return new RootKeyCopy(folder, null, null);
            }

            if (store.CopySealKey() is { } key)
            {
                if (seal.IsOf(key))
                {
                    return new RootKeyCopy(folder, seal, key);
                }

                key.Dispose();
            }

            // Notices that the root key was replaced.
            store.Probe();
        }

        throw IsBeingSealed();
    }

    /// <summary>The error for a store whose seal changes while it is copied.</summary>
    public static StateStoreException IsBeingSealed() =>
        new("The store is being sealed or unsealed by another process. Nothing was copied. Try again.");

    /// <summary>A copy of the key of the seal; null if there is none.</summary>
    public SealKey? CopySealKey() => _key?.Copy();

    public void AddFile(string name, Stream content, long length) => _folder.AddFile(name, content, length);

    public void AddFile(string name, ReadOnlySpan<byte> content) => _folder.AddFile(
        name, _seal is not null && name == _rootKeyName ? SealedRootKey.Wrap(_seal, _key!, [], content) : content);

    public void Dispose() => _key?.Dispose();
}
