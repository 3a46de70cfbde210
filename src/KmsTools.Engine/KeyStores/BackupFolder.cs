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

    /// <summary>The folder of the copy of a backup.</summary>
    public string Of(string backupId) => Path.Combine(_root, backupId);

    /// <summary>
    /// Requires the copy of a backup to be on this machine: in a shared store it stays where it was made.
    /// </summary>
    /// <exception cref="HsmException">Failed: it is not here.</exception>
    public void RequireCopy(string backupId)
    {
        if (store.IsShared && !Directory.Exists(Of(backupId)))
        {
            throw new HsmException(
                HsmFailure.Failed,
                $"The copy of backup {backupId} is not on this machine: there is no '{Of(backupId)}'. It is on the machine that the event "
                    + $"{AuditNames.BackupHsmCluster} of the backup names: restore it there, or bring the folder here.");
        }
    }

    /// <summary>Waits until no other process works with backups, and removes what processes that died doing so have left.</summary>
    /// <exception cref="HsmException">Unreachable: another process has been working with backups for ten minutes.</exception>
    public IDisposable Enter()
    {
        IDisposable held = StoreLock.EnterBackups(store);
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

    /// <summary>Records the tokens that a restore is about to create.</summary>
    /// <param name="tokens">The tokens, each with its library.</param>
    public PlannedTokens Plan(ImmutableArray<HsmToken> tokens) => PlannedTokens.Write(_root, tokens);

    /// <summary>Removes a folder if it exists and can be removed now.</summary>
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
            // It is a leftover, which the next process removes.
        }
    }

    /// <summary>
    /// Removes what processes that died have left: folders without a record, and tokens that were restored for a cluster that was never
    /// created. The caller holds the lock.
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
    /// Removes the tokens of a restore that did not finish. A token that cannot be removed now is removed by the next restore.
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
            // The plan remains.
        }
    }
}
