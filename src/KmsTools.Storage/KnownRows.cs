using KmsTools.Persistence;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage;

/// <summary>
/// What each transaction reads of the store itself, as the one before left it: it is read again only after a commit of another process, or
/// a transaction that has failed.
/// </summary>
/// <param name="writer">The connection that writes.</param>
internal sealed class KnownRows(StateConnection writer)
{
    private RootKeyState? _rootKey;

    /// <summary>The generations of the root key.</summary>
    public RootKeyState RootKey => _rootKey ??= writer.RootKeys.Read();

    /// <summary>What changes of the store; null when it was not read yet.</summary>
    public StoreTable.StoreSettings? Settings { get; private set; }

    /// <summary>The number of the newest commit; null when it is not known.</summary>
    public long? NewestCommit { get; private set; }

    /// <summary>A transaction begins.</summary>
    /// <param name="isSame">Whether the state is certainly as the last transaction left it.</param>
    public void Begin(bool isSame)
    {
        if (!isSame)
        {
            (_rootKey, Settings, NewestCommit) = (null, null, null);
        }
    }

    /// <summary>A transaction ends.</summary>
    /// <param name="number">The number of its commit; null when it was not committed.</param>
    /// <param name="settings">What it knows of the store.</param>
    /// <param name="rootKey">The generations of the root key, after it.</param>
    public void End(long? number, StoreTable.StoreSettings? settings, RootKeyState rootKey) =>
        (_rootKey, Settings, NewestCommit) = number is null ? (null, null, null) : (rootKey, settings, number);
}
