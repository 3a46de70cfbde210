using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.RootKeys;

namespace KmsTools.Storage.Sqlite;

/// <summary>root.key in the folder of a store. It is written by the holder of the write lock of the store only.</summary>
internal sealed class FolderRootKey(StoreFolder folder) : IRootKeyPlace
{
    private readonly RootKeyFile _file = new(folder.RootKeyFile);

    public string Store => folder.Path;

    public IRootKeyHandover? Handover => null;

    public bool IsCommon => true;

    public bool HasLeftovers => _file.HasLeftovers;

    public FileStatus? Look() => FileStatus.Find(_file.Path, withTime: true);

    public bool TryRead(Span<byte> content, out int length) => File.Exists(_file.Path)
        ? _file.TryRead(content, out length)
        : throw new StateStoreException(
            $"'{_file.Path}' is missing. Nothing in this store can be decrypted without it. Restore it from a backup.")
        {
            IsDamage = true,
        };

    public IDisposable? Enter() => null;

    public void Write(ReadOnlySpan<byte> content) => _file.Replace(content);

    public void Exchange(StateConnection state, RootKey rootKey, ReadOnlySpan<byte> content) => _file.Exchange(content);

    public void EndExchange(bool isCommitted)
    {
        if (!isCommitted)
        {
            _file.PutBack();
        }
    }

    public void Forget() => _file.Forget();

    public void Prove(RootKey rootKey)
    {
    }

    public void ReplaceCopy(RootKey? rootKey)
    {
    }

    public StateStoreException IsDamaged() => new($"'{_file.Path}' is damaged. Restore it from a backup.")
    {
        IsDamage = true,
    };

    public StateStoreException NotOfStore(ImmutableArray<int> held, Exception? exception) => new(
        $"'{_file.Path}' is not the key of this store. Restore the file that was made with it from a backup.", exception)
    {
        IsDamage = true,
        Reason = "The root key is not that of the store.",
    };
}
