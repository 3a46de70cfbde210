using System.Security.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.RootKeys;

namespace KmsTools.Storage.Backups;

/// <summary>A store that is made from a backup, in a <see cref="StagedFolder"/>.</summary>
internal sealed class StagedStore : IStagedStore
{
    private const int MaxRootKey = 64 * 1024;

    private readonly StagedFolder _folder;
    private readonly BackupHead _head;
    private readonly SealKey _key;
    private readonly byte[] _rootKey = GC.AllocateArray<byte>(MaxRootKey, pinned: true);
    private int _rootKeyLength = -1;

    private StagedStore(StagedFolder folder, BackupHead head, SealKey key)
    {
        _folder = folder;
        _head = head;
        _key = key;
    }

    public StoreBackupHeader Header => _head.Header;

    public string Folder => _folder.Files.Path;

    /// <summary>Makes the folder.</summary>
    /// <param name="folder">Where the store is to be.</param>
    /// <param name="replace">Whether a store may be there.</param>
    /// <param name="head">The head of the backup.</param>
    /// <param name="key">The key of its seal, which is taken over.</param>
    public static StagedStore Begin(string folder, bool replace, BackupHead head, SealKey key) =>
        new(StagedFolder.Begin(folder, replace, StagingWords.Restore), head, key);

    /// <summary>Creates a file of the store.</summary>
    /// <param name="name">Its name in the backup.</param>
    /// <param name="length">Its length.</param>
    /// <returns>What takes its bytes.</returns>
    /// <exception cref="StateStoreException">No store has such a file.</exception>
    public Stream Create(string name, long length)
    {
        // The parts of a name were chosen by whoever knows what opens the backup; they lead nowhere else all the same.
        string[] parts = name.Split('/');
        if (parts.Any(static part => part is "" or "." or ".." || part.AsSpan().IndexOfAny('\\', ':', '\0') >= 0))
        {
            throw new StateStoreException($"The backup has a file '{name}', which no store has. Nothing was restored.");
        }

        if (name != Path.GetFileName(_folder.Files.RootKeyFile))
        {
            return _folder.Create(parts);
        }

        if (length > MaxRootKey)
        {
            throw new StateStoreException("The root key in the backup is too long. Nothing was restored.");
        }

        // Not written before it is known how.
        _rootKeyLength = (int)length;
        return new MemoryStream(_rootKey, 0, MaxRootKey, writable: true);
    }

    /// <summary>
    /// Writes root.key, sealed by what opens the backup if the store was sealed. All is on the disk when the call returns.
    /// </summary>
    public void Complete()
    {
        if (_rootKeyLength < 0 || !File.Exists(_folder.Files.StateFile))
        {
            throw new StateStoreException("The backup does not contain a whole store. Nothing was restored.");
        }

        ReadOnlySpan<byte> rootKey = _rootKey.AsSpan(0, _rootKeyLength);
        _folder.AddFile(
            Path.GetFileName(_folder.Files.RootKeyFile),
            Header.IsSealed ? SealedRootKey.Wrap(_head.Seal, _key, [], rootKey) : rootKey);
        CryptographicOperations.ZeroMemory(_rootKey);
        _folder.Sync();
    }

    public SealKey CopySealKey() => _key.Copy();

    public string? Place() => _folder.Place();

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_rootKey);
        _key.Dispose();
        _folder.Dispose();
    }
}
