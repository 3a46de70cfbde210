using System.Collections.Immutable;
using System.Globalization;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Sealing;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools;

/// <summary>
/// Reads backups of stores, and makes stores from them. What fell due after the backup is done when the restored store is first used, by
/// the
/// rules of due work: on the real clock, after more than an hour without proof of the time, destructions wait for that.
/// </summary>
/// <param name="stores">Opens stores.</param>
/// <param name="hsmProvider">Provides access to HSMs when one is first needed.</param>
/// <param name="signatures">Provides the signature algorithms that .NET lacks when a key first needs one.</param>
/// <param name="clock">The clock of stores without a simulated one; null for the system's.</param>
public sealed class StoreRestorer(
    IStateStoreFactory stores, Func<IHsmProvider> hsmProvider, Func<ISignatureProvider> signatures, TimeProvider? clock = null)
{
    // In the folder for what only this machine has of a shared store.
    private const string StagingName = "restored";

    /// <summary>Reads the head of a backup; with what opens it, verifies all of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="unlock">Opens its seal; null to read the head only.</param>
    /// <exception cref="StateStoreException">It is not a backup, was not opened, or is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public StoreBackup Read(string path, Func<Seal, SealKey>? unlock = null)
    {
        string file = Path.GetFullPath(path);
        StoreBackupHeader header = unlock is null ? stores.Backups.ReadHeader(file) : stores.Backups.Verify(file, unlock);
        return StoreBackup.Of(file, new FileInfo(file).Length, header, isVerified: unlock is not null);
    }

    /// <summary>Makes a store from a backup, verifies it, and only then moves it to where it is to be.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">The folder of the store; what is not there is created.</param>
    /// <param name="unlock">Opens the seal of the backup.</param>
    /// <param name="replace">Whether a store may be in the folder. It is moved aside as a whole, and processes that use it refuse to go
    /// on.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="StateStoreException">The backup was not opened or is damaged, or there is a store. Nothing was changed.</exception>
    /// <exception cref="IOException">The backup cannot be read.</exception>
    public StoreRestoration Restore(
        string path, string folder, Func<Seal, SealKey> unlock, bool replace = false, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(unlock);
        string file = Path.GetFullPath(path);
        using IStagedStore staged = stores.Backups.Unpack(file, folder, replace, unlock);
        (int damages, ImmutableArray<string> managed) = Complete(staged, caller);
        return new StoreRestoration
        {
            FormerPath = staged.Place(),
            Path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)),
            Backup = StoreBackup.Of(file, new FileInfo(file).Length, staged.Header, isVerified: true),
            Damages = damages,
            ManagedPasswords = managed,
        };
    }

    /// <summary>Makes a shared store from a backup, in an initialized database without a store.</summary>
    /// <param name="path">The file.</param>
    /// <param name="to">The database, and the files and the folder of this machine. If the store was not sealed, its root key file is
    /// new.</param>
    /// <param name="unlock">Opens the seal of the backup.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="StateStoreException">The backup was not opened or is damaged, or there is a store. Nothing was changed.</exception>
    /// <exception cref="IOException">The backup cannot be read.</exception>
    public StoreRestoration RestoreToDatabase(string path, StateStoreOptions to, Func<Seal, SealKey> unlock, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(unlock);
        string file = Path.GetFullPath(path);

        // Before what takes its time.
        stores.Copies.RequireDestination(to, stores.Backups.ReadHeader(file).IsSealed);
        using IStagedStore staged = stores.Backups.Unpack(file, Path.Combine(to.Folder, StagingName), replace: false, unlock);
        (int damages, ImmutableArray<string> managed) = Complete(staged, caller);
        stores.Copies.ToDatabase(staged.Folder, _ => staged.CopySealKey(), to, progress: null);
        return new StoreRestoration
        {
            Path = stores.Databases.Locate(to.Shared!),
            Backup = StoreBackup.Of(file, new FileInfo(file).Length, staged.Header, isVerified: true),
            Damages = damages,
            ManagedPasswords = managed,
        };
    }

    private (int Damages, ImmutableArray<string> ManagedPasswords) Complete(IStagedStore staged, Caller? caller)
    {
        StateStoreOptions options = new() { Folder = staged.Folder, Unlock = _ => staged.CopySealKey() };
        using KmsEngine engine = new(stores.Open(options), hsmProvider, signatures, clock);
        StoreVerification verification = engine.Verifier.Run(static _ => { }, [], comparesHsms: false);
        AdministrativeAct act = new AdministrativeAct(AuditNames.RestoreStore, caller)
            .With(Members.BackupCreationDate, staged.Header.CreationDate.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))
            .With(Members.NewestChange, staged.Header.NewestChange);
        engine.Services.Administration.Do(act, (context, _) =>
        {
            context.AdditionalEventData[Members.Damages] = verification.Damages.ToString(CultureInfo.InvariantCulture);
            return true;
        });
        using IStateReader reader = engine.Store.OpenReader();
        return (
            verification.Damages,
            [
                .. reader.ListClusters()
                    .Where(cluster => cluster.ManagePassword && reader.ListCustomKeyStoresOfCluster(cluster.ClusterId).Length > 0)
                    .Select(static cluster => cluster.ClusterId),
            ]);
    }
}
