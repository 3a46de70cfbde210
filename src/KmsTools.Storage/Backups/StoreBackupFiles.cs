using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools.Storage.Backups;

/// <summary>Reads backups of stores from files.</summary>
internal sealed class StoreBackupFiles : IStoreBackups
{
    public StoreBackupHeader ReadHeader(string path)
    {
        using FileStream file = Open(path);
        return BackupHead.Read(file, path).Header;
    }

    public StoreBackupHeader Verify(string path, Func<Seal, SealKey> unlock)
    {
        using FileStream file = Open(path);
        BackupHead head = BackupHead.Read(file, path);
        using SealKey key = head.Open(path, unlock);
        Read(head, file, path, key, static (_, _) => null);
        return head.Header;
    }

    public IStagedStore Unpack(string path, string folder, bool replace, Func<Seal, SealKey> unlock)
    {
        using FileStream file = Open(path);
        BackupHead head = BackupHead.Read(file, path);
        SealKey key = head.Open(path, unlock);
        StagedStore? store = null;
        try
        {
            store = StagedStore.Begin(folder, replace, head, key);
            Read(head, file, path, key, store.Create);
            store.Complete();
            return store;
        }
        catch (Exception exception)
        {
            store?.Dispose();
            key.Dispose();
            throw exception is IOException or UnauthorizedAccessException
                ? new StateStoreException($"The store cannot be restored to '{Path.GetFullPath(folder)}': {exception.Message}", exception)
                : exception;
        }
    }

    private static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);

    private static void Read(BackupHead head, Stream file, string path, SealKey key, Func<string, long, Stream?> open)
    {
        using Secret contentKey = head.UnwrapKey(path, key);
        using ChunkCipher cipher = new(contentKey, head.Hash);
        using ChunkReader reader = new(file, path, cipher);
        reader.ReadFiles(open);
    }
}
