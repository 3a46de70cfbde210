using System.Globalization;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Sealing;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools;

/// <summary>
/// Backups of a store. AWS KMS has none that customers see; AWS CloudHSM has those of clusters, and says of them what holds here too: a key
/// that was deleted is in every backup that was made before, so deleting a key for good includes deleting those.
/// </summary>
/// <param name="engine">The engine of the store.</param>
public sealed class StoreBackups(KmsEngine engine)
{
    /// <summary>
    /// Writes a backup while calls and other processes go on, encrypted and verified. It has every change that was answered before.
    /// </summary>
    /// <param name="path">The file, outside of the folder of the store.</param>
    /// <param name="openers">What opens the backup: 1-8; empty for what opens the store, which must be sealed then.</param>
    /// <param name="replace">Whether the file may exist, and is replaced when the new one is verified.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="InvalidOperationException">Nothing was given that opens the backup, and the store is not sealed.</exception>
    /// <exception cref="StateStoreException">The file exists or cannot be written. Nothing is left of it.</exception>
    /// <exception cref="HsmException">Another process has been working with backups for ten minutes.</exception>
    public StoreBackup Create(string path, IReadOnlyCollection<SealOpener> openers, bool replace = false, Caller? caller = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(openers);
        string file = Path.GetFullPath(path);
        IStateStore store = engine.Store;
        return engine.Services.Administration.Do(new AdministrativeAct(AuditNames.BackupStore, caller), context =>
        {
            using SealKey key = FindKey(store, openers, out Seal seal);
            context.Act = context.Act.With(Members.OpenedBy, seal.Slots.Select(static slot => slot.Kind.ToString()));
            using IDisposable held = StoreLock.EnterBackups(store);
            using IStagedBackup backup = store.Backup(file, replace, engine.UtcNow, seal, key);
            context.ResponseElements[Members.BackupCreationDate] =
                backup.Header.CreationDate.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
            context.ResponseElements[Members.NewestChange] =
                backup.Header.NewestChange.ToString(CultureInfo.InvariantCulture);
            context.Commit(_ =>
            {
                backup.Place();
                return true;
            });
            return StoreBackup.Of(file, backup.Size, backup.Header, isVerified: true);
        });
    }

    private static SealKey FindKey(IStateStore store, IReadOnlyCollection<SealOpener> openers, out Seal seal)
    {
        if (openers.Count > 0)
        {
            SealKey made = SealKey.Generate();
            try
            {
                seal = Seal.Create(made, openers);
                return made;
            }
            catch
            {
                made.Dispose();
                throw;
            }
        }

        // Another process may seal the store again between the two.
        for (int attempt = 0; attempt < 3; attempt++)
        {
            seal = store.ReadSeal() ?? throw new InvalidOperationException(
                "The store is not sealed, so nothing is known that is to open its backup. Give a passphrase or a recovery key.");
            if (store.CopySealKey() is { } key)
            {
                if (seal.IsOf(key))
                {
                    return key;
                }

                key.Dispose();
            }

            // Notices that root.key was replaced.
            store.Probe();
        }

        throw new StateStoreException("The store is being sealed by another process. Try again.");
    }
}
