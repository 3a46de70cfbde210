using KmsTools.Persistence;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <content>The end of a backup.</content>
public sealed partial class HsmBackups
{
    /// <summary>The backup that a removal would remove.</summary>
    /// <param name="backupId">The backup.</param>
    /// <param name="triedBy">Who has asked for the act, whose refusal is recorded; null to record nothing.</param>
    /// <exception cref="KmsException">CloudHsmResourceNotFoundException.</exception>
    public HsmBackupDescription PreviewRemove(string backupId, Caller? triedBy = null)
    {
        ArgumentNullException.ThrowIfNull(backupId);
        return _administration.Preview(Removing(backupId, triedBy), triedBy, _ =>
        {
            using IStateReader reader = _store.OpenReader();
            return Describe(Require(reader, backupId));
        });
    }

    /// <summary>Removes a backup: a copy with its files, or the record of a vendor's backup.</summary>
    /// <param name="backupId">The backup.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="KmsException">CloudHsmResourceNotFoundException.</exception>
    public void Remove(string backupId, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(backupId);
        _administration.Do(Removing(backupId, caller), context =>
        {
            using IDisposable held = StoreLock.EnterBackups(_store);
            HsmClusterBackup removed = context.Commit(transaction =>
            {
                HsmClusterBackup backup = Require(transaction, backupId);
                transaction.DeleteBackup(backupId);
                Note(context, backup.ClusterId, backup);
                return backup;
            });

            // Without a record the folder is a leftover, no matter when this process dies.
            _folder.RemoveLeftovers();
            return removed;
        });
    }

    private static HsmClusterBackup Require(IStateReader reader, string backupId) =>
        reader.FindBackup(backupId) ?? throw KmsErrors.BackupNotFound(backupId);

    private static AdministrativeAct Removing(string backupId, Caller? caller) =>
        new AdministrativeAct(AuditNames.RemoveHsmClusterBackup, caller).With(Members.BackupId, backupId);
}
