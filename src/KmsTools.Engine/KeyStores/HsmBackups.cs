using System.Collections.Immutable;
using System.Globalization;
using KmsTools.Identifiers;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <summary>
/// Backups of HSM clusters: the counterpart of AWS CloudHSM backups. A copy is kept in the folder of the store, <c>backups/&lt;ID&gt;</c>;
/// a backup that was created with a vendor's tool is only recorded.
/// </summary>
public sealed partial class HsmBackups
{
    private const int MaxReferenceLength = 1024;

    private readonly IStateStore _store;
    private readonly HsmConnections _hsms;
    private readonly BackupFolder _folder;
    private readonly BackupSource _source;
    private readonly StoreClock _clock;
    private readonly Maintenance _maintenance;
    private readonly Administration _administration;

    internal HsmBackups(
        IStateStore store,
        HsmConnections hsms,
        BackupFolder folder,
        BackupSource source,
        StoreClock clock,
        Maintenance maintenance,
        Administration administration)
    {
        _store = store;
        _hsms = hsms;
        _folder = folder;
        _source = source;
        _clock = clock;
        _maintenance = maintenance;
        _administration = administration;
    }

    /// <summary>Copies the tokens of all active HSMs of a cluster.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <param name="observer">Observes the progress; null for none.</param>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException, or CloudHsmClusterNotActiveException: no HSM is active.</exception>
    /// <exception cref="HsmException">
    /// NotPermitted: the tokens cannot be copied. Otherwise an HSM could not be read. Nothing is left.
    /// </exception>
    /// <exception cref="IOException">The copy cannot be written. Nothing is left.</exception>
    public HsmBackupDescription Create(string clusterId, Caller? caller = null, CallObserver? observer = null) => _administration.Do(
        new AdministrativeAct(AuditNames.BackupHsmCluster, caller).With(Members.ClusterId, clusterId),
        context => Create(context, clusterId),
        observer);

    private HsmBackupDescription Create(AdministrativeContext context, string clusterId)
    {
        using IDisposable held = _folder.Enter();
        (HsmCluster cluster, ImmutableArray<CustomKeyStore> users) = _source.Read(clusterId);

        // No connect may change the password of the HSMs between one copy and the next.
        using IDisposable? connecting = users.IsEmpty ? null : StoreLock.EnterKeyStore(_store, users[0].CustomKeyStoreId);
        (cluster, users) = _source.Read(clusterId);
        ImmutableArray<HsmToken> active = _source.Active(cluster, context.Observer);
        foreach (string library in active.Select(static hsm => hsm.Library!).Distinct())
        {
            _source.RequireCopier(library, ErrorCause.VendorBacksUp, "Back the HSMs up with the tool of their vendor.");
        }

        string backupId = HsmIds.OfBackup();
        string folder = _folder.Of(backupId);
        DateTimeOffset time = Now();
        ImmutableArray<HsmInventory>? before = _source.Inventory(users);
        HsmCopy copy = _hsms.Provider.Copier.Copy([.. active.Select(static hsm => (hsm.Library!, hsm))], folder);
        ImmutableArray<HsmBackupKey>? keys = Content(active, before, _source.Inventory(users));
        if (_store.IsShared)
        {
            // Other machines share the record, but not the copy.
            context.AdditionalEventData[Members.Machine] = Environment.MachineName;
        }

        CustomKeyStore? user = users.FirstOrDefault();
        HsmClusterBackup backup = new()
        {
            BackupId = backupId,
            ClusterId = clusterId,
            Kind = HsmBackupKind.COPY,
            CreationDate = time,
            Hsms = active,
            TrustAnchorCertificate = cluster.TrustAnchorCertificate,
            Digest = copy.Digest,
            Size = copy.Size,
            KeyCount = keys?.Length ?? copy.KeyCount,
            IsContentKnown = keys is not null,
            HighAvailability = cluster.HighAvailability,
            ManagePassword = cluster.ManagePassword,
            CustomKeyStoreId = user?.CustomKeyStoreId,
            WrappedPassword = user?.WrappedPassword,
        };
        try
        {
            Insert(context, backup, keys ?? [], user);
        }
        catch
        {
            BackupFolder.TryDelete(folder);
            throw;
        }

        return Describe(backup);
    }

    /// <summary>Records a backup that was created with the HSM vendor's tool.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="vendorReference">The name by which the tool knows it, 1-1024 characters: a path, a label.</param>
    /// <param name="creationDate">When it was created; null for now.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException.</exception>
    /// <exception cref="ArgumentException">The reference is too long, or the date is in the future.</exception>
    public HsmBackupDescription Record(string clusterId, string vendorReference, DateTimeOffset? creationDate = null, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(vendorReference);
        return _administration.Do(
            new AdministrativeAct(AuditNames.BackupHsmCluster, caller).With(Members.ClusterId, clusterId),
            context => Record(context, clusterId, vendorReference, creationDate));
    }

    private HsmBackupDescription Record(
        AdministrativeContext context,
        string clusterId,
        string vendorReference,
        DateTimeOffset? creationDate)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(vendorReference);
        if (vendorReference.Length > MaxReferenceLength)
        {
            throw new ArgumentException(
                $"The reference of a vendor's backup has at most {MaxReferenceLength} characters.",
                nameof(vendorReference));
        }

        DateTimeOffset now = Now();
        if (creationDate > now)
        {
            throw new ArgumentException("A backup cannot have been made in the future.", nameof(creationDate));
        }

        (HsmCluster cluster, ImmutableArray<CustomKeyStore> users) = _source.Read(clusterId);
        HsmClusterBackup backup = new()
        {
            BackupId = HsmIds.OfBackup(),
            ClusterId = clusterId,
            Kind = HsmBackupKind.VENDOR,
            CreationDate = creationDate ?? now,
            Hsms = [.. cluster.Tokens.Select(token => BackupSource.WithLibrary(cluster, token))],
            TrustAnchorCertificate = cluster.TrustAnchorCertificate,
            VendorReference = vendorReference,
            HighAvailability = cluster.HighAvailability,
            ManagePassword = cluster.ManagePassword,
            CustomKeyStoreId = users.FirstOrDefault()?.CustomKeyStoreId,
        };
        Insert(context, backup, [], user: null);
        return Describe(backup);
    }

    /// <summary>The backups, oldest first.</summary>
    /// <param name="clusterId">Only those of this cluster; null for all.</param>
    /// <param name="backupId">Only this one; null for all.</param>
    /// <exception cref="KmsException">CloudHsmResourceNotFoundException: no backup with this ID exists.</exception>
    public ImmutableArray<HsmBackupDescription> Find(string? clusterId = null, string? backupId = null)
    {
        using IStateReader reader = _store.OpenReader();
        if (backupId is not null && reader.FindBackup(backupId) is null)
        {
            throw KmsErrors.BackupNotFound(backupId);
        }

        return
        [
            .. reader.ListBackups()
                .Where(backup => (clusterId is null || backup.ClusterId == clusterId) && (backupId is null || backup.BackupId == backupId))
                .Select(Describe),
        ];
    }

    /// <summary>
    /// The backups that hold the material of a key, or may hold it, oldest first; also for a key that was deleted long ago.
    /// </summary>
    /// <param name="keyReference">Key ID, key ARN, alias name or alias ARN; for a deleted key also an alias that it had.</param>
    /// <param name="region">The Region of a key that is not named by an ARN; null for the store's default.</param>
    /// <param name="clusterId">Only those of this cluster; null for all.</param>
    /// <exception cref="KmsException">
    /// NotFoundException: the key never existed; UnsupportedOperationException: it is not in HSMs.
    /// </exception>
    public ImmutableArray<HsmBackupDescription> FindForKey(string keyReference, RegionName? region = null, string? clusterId = null)
    {
        _maintenance.Run();
        using IStateReader reader = _store.OpenReader();
        KeyMaterialHistory history = KeyMaterialHistory.Of(keyReference, region ?? _store.Properties.Region, _store, reader);
        return
        [
            .. from backup in reader.ListBackups()
               where clusterId is null || backup.ClusterId == clusterId
               let content = history.Judge(backup)
               where content is not null
               select Describe(backup) with { KeyArn = history.KeyArn, Content = content },
        ];
    }

    /// <summary>
    /// The keys of a cluster whose material is in none of its HSMs any more once they have the content of a backup, in the order of their ARNs.
    /// Keys that may be in it, as far as the store knows, are not among them.
    /// </summary>
    /// <param name="backupId">The backup.</param>
    /// <param name="clusterId">The cluster.</param>
    /// <exception cref="KmsException">CloudHsmResourceNotFoundException: no backup with this ID exists.</exception>
    public ImmutableArray<string> FindLostKeys(string backupId, string clusterId)
    {
        ArgumentNullException.ThrowIfNull(backupId);
        using IStateReader reader = _store.OpenReader();
        HsmClusterBackup backup = reader.FindBackup(backupId) ?? throw KmsErrors.BackupNotFound(backupId);
        return
        [
            .. reader.ListCustomKeyStoresOfCluster(clusterId)
                .SelectMany(user => reader.ListKeyIdsInStore(user.Region, user.CustomKeyStoreId)
                    .Select(keyId => reader.FindKey(user.Region, keyId)!))
                .Where(key => backup.IsContentKnown
                    ? reader.FindBackupKey(backupId, key.CurrentMaterial!.KeyMaterialId) is null
                    : key.CreationDate > backup.CreationDate)
                .Select(static key => key.Arn)
                .Order(StringComparer.Ordinal),
        ];
    }

    // What existed before and after also existed in the meantime; what was added or removed may be in the copy.
    private static ImmutableArray<HsmBackupKey>? Content(
        ImmutableArray<HsmToken> copied, ImmutableArray<HsmInventory>? before, ImmutableArray<HsmInventory>? after)
    {
        if (before is null || after is null)
        {
            return null;
        }

        Dictionary<string, bool> keys = new(StringComparer.Ordinal);
        foreach (HsmToken token in copied)
        {
            if (Answer(before.Value, token) is not { } first || Answer(after.Value, token) is not { } second)
            {
                return null;
            }

            HashSet<string> stayed = [.. first.Where(static key => key.IsUsable).Select(static key => key.Id)];
            stayed.IntersectWith(second.Where(static key => key.IsUsable).Select(static key => key.Id));
            foreach (string id in first.Concat(second).Select(static key => key.Id).Where(static id => id.Length > 0))
            {
                keys[id] = stayed.Contains(id) || keys.GetValueOrDefault(id);
            }
        }

        return [.. keys.Select(static key => new HsmBackupKey(key.Key, key.Value))
            .OrderBy(static key => key.BackingKeyId, StringComparer.Ordinal)];

        static ImmutableArray<HsmKeyObject>? Answer(ImmutableArray<HsmInventory> inventories, HsmToken token) => inventories
            .FirstOrDefault(hsm => hsm.Failure is null && hsm.Token.IsSame(token))?.Keys;
    }

    private DateTimeOffset Now()
    {
        using IStateReader reader = _store.OpenReader();
        return _clock.Now(reader);
    }

    private static void Insert(
        AdministrativeContext context,
        HsmClusterBackup backup,
        ImmutableArray<HsmBackupKey> keys,
        CustomKeyStore? user) => context.Commit(transaction =>
    {
        if (transaction.FindBackup(backup.BackupId) is not null)
        {
            throw new InvalidOperationException($"A backup with the ID {backup.BackupId} exists already.");
        }

        // The root key may have been rotated during the copy. The password is the same: no process connects in the meantime.
        CustomKeyStore? now = user is null ? null : transaction.FindCustomKeyStore(user.Region, user.CustomKeyStoreId);
        backup = now is null ? backup : backup with { WrappedPassword = now.WrappedPassword };
        transaction.InsertBackup(backup, keys);
        Note(context, backup.ClusterId, backup);
        return backup;
    });

    /// <summary>Names a backup in the event of an act.</summary>
    internal static void Note(AdministrativeContext context, string clusterId, HsmClusterBackup backup)
    {
        context.Act = context.Act.With(Members.ClusterId, clusterId).With(Members.BackupId, backup.BackupId);
        Dictionary<string, string> more = context.AdditionalEventData;
        more[Members.Kind] = backup.Kind.ToString();
        more[Members.Hsms] = string.Join(", ", backup.Hsms.Select(static hsm => hsm.TokenLabel));
        more[Members.BackupClusterId] = backup.ClusterId;
        more[Members.BackupCreationDate] = backup.CreationDate.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        if (backup.VendorReference is { } reference)
        {
            more[Members.VendorReference] = reference;
        }
    }

    /// <summary>A backup as it is displayed.</summary>
    internal HsmBackupDescription Describe(HsmClusterBackup backup) => new(
        backup.BackupId,
        backup.ClusterId,
        backup.Kind,
        backup.CreationDate.UtcDateTime,
        [.. backup.Hsms.Select(static hsm => hsm.TokenLabel)],
        backup.KeyCount,
        backup.Size,
        backup.VendorReference ?? _folder.Of(backup.BackupId),
        backup.TrustAnchorCertificate);
}
