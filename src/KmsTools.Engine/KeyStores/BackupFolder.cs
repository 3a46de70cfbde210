using System.Collections.Immutable;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>
/// The folder of the backups of a store, <c>backups</c>: copies of tokens, each in a folder named after its backup, and the plans of
/// restores that are in progress.
/// </summary>
internal sealed class BackupFolder(IStateStore store, HsmConnections hsms)
{
    private readonly string _root = Path.Combine(store.Folder, "backups");

    /// <summary>Where the copy of a backup is.</summary>
    public string Of(string backupId) => Path.Combine(_root, backupId);

    /// <summary>Waits until no other process works with backups, and removes what those left that died at it.</summary>
    /// <exception cref="HsmException">Unreachable: another process has worked with backups for ten minutes.</exception>
    public StoreLock Enter()
    {
        StoreLock held = StoreLock.EnterBackups(store.Folder);
        try
        {
            RemoveLeftovers();
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Writes down the tokens that a restore is about to make.</summary>
    /// <param name="tokens">The tokens, each with its library.</param>
    public PlannedTokens Plan(ImmutableArray<HsmToken> tokens) => PlannedTokens.Write(_root, tokens);

    /// <summary>Removes a folder if it is there and can be removed now.</summary>
    public static void TryDelete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is a leftover, which the next one removes.
        }
    }

    /// <summary>
    /// Removes what processes left that died: folders without a record, and tokens that were restored for a cluster that did not come to
    /// be. The caller has the lock.
    /// </summary>
    public void RemoveLeftovers()
    {
        if (!Directory.Exists(_root))
        {
            return;
        }

        using (IStateReader reader = store.OpenReader())
        {
            foreach (string folder in Directory.GetDirectories(_root))
            {
                if (reader.FindBackup(Path.GetFileName(folder)) is null)
                {
                    TryDelete(folder);
                }
            }
        }

        foreach (string file in Directory.GetFiles(_root, PlannedTokens.Pattern))
        {
            Abandon(PlannedTokens.Read(file));
        }
    }

    /// <summary>
    /// Removes the tokens of a restore that did not come to its end. One that cannot be removed now is removed by the next restore.
    /// </summary>
    public void Abandon(PlannedTokens plan)
    {
        try
        {
            foreach (HsmToken token in plan.Tokens)
            {
                bool isUsed;
                using (IStateReader reader = store.OpenReader())
                {
                    isUsed = reader.ListClusters().SelectMany(static cluster => cluster.Tokens).Any(token.IsSame);
                }

                if (!isUsed)
                {
                    hsms.Provider.Copier.Discard(token.Library!, token);
                }
            }

            plan.Forget();
        }
        catch (Exception exception) when (exception is HsmException or IOException or UnauthorizedAccessException)
        {
            // The plan stays.
        }
    }
}
