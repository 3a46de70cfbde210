namespace KmsTools.Storage.Sqlite;

/// <summary>
/// A copy of state.db as an earlier version left it, from before it is upgraded until the upgrade is committed: whatever happens in
/// between, the state is in the folder once more, as a file that the earlier version can open.
/// </summary>
/// <param name="folder">The folder of the store.</param>
internal sealed class EarlierState(StoreFolder folder)
{
    private bool _isKept;

    /// <summary>Copies the state, before the first script that changes it. The transaction of the upgrade has the write lock.</summary>
    public void Keep()
    {
        if (_isKept)
        {
            return;
        }

        // What an upgrade left that was interrupted: the state is still what it was then.
        Drop();
        using (Database state = new(folder.StateFile))
        {
            state.CopyTo(folder.EarlierStateFile);
        }

        StoreFolder.Sync(folder.EarlierStateFile);
        _isKept = true;
    }

    /// <summary>Deletes the copy, after the commit; that of a process that was killed after its commit too.</summary>
    public void Drop() => File.Delete(folder.EarlierStateFile);
}
