using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <summary>
/// Backups of clusters of HSMs: what the backups of AWS CloudHSM are. A copy lies in the folder of the store, <c>backups/&lt;ID&gt;</c>;
/// a backup that was made with a vendor's tool is only recorded.
/// </summary>
public sealed partial class HsmBackups
{
    private const int LongestReference = 1024;
    private const string IdPrefix = "backup-";
    private const string IdAlphabet = "234567abcdefghijklmnopqrstuvwxyz";

    private readonly IStateStore _store;
    private readonly HsmConnections _hsms;
    private readonly HsmClusterRegistry _clusters;
    private readonly HsmMembers _members;
    private readonly StoreClock _clock;
    private readonly Maintenance _maintenance;
    private readonly Administration _administration;

    internal HsmBackups(
        IStateStore store,
        HsmConnections hsms,
        HsmClusterRegistry clusters,
        HsmMembers members,
        StoreClock clock,
        Maintenance maintenance,
        Administration administration)
    {
        _store = store;
        _hsms = hsms;
        _clusters = clusters;
        _members = members;
        _clock = clock;
        _maintenance = maintenance;
        _administration = administration;
    }

    private string Root => Path.Combine(_store.Folder, "backups");

    /// <summary>Copies the tokens of all active HSMs of a cluster.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="caller">Who makes it; null for the user of the operating system.</param>
    /// <param name="observer">Follows it; null when no one does.</param>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException, or CloudHsmClusterNotActiveException: no HSM is active.</exception>
    /// <exception cref="HsmException">NotPermitted: the tokens cannot be copied. Otherwise an HSM could not be read. Nothing is left.</exception>
    /// <exception cref="IOException">The copy cannot be written. Nothing is left.</exception>
    public HsmBackupDescription Create(string clusterId, Caller? caller = null, CallObserver? observer = null) => _administration.Do(
        new AdministrativeAct(AuditNames.BackupHsmCluster, caller).With(Members.ClusterId, clusterId),
        context => Create(context, clusterId),
        observer);

    private HsmBackupDescription Create(AdministrativeContext context, string clusterId)
    {
        using ConnectLock held = ConnectLock.EnterBackups(_store.Folder);
        RemoveLeftovers();
        (HsmCluster cluster, ImmutableArray<CustomKeyStore> users) = Read(clusterId);

        // No connect may change the password of the HSMs between one copy and the next.
        using ConnectLock? connecting = users.IsEmpty ? null : ConnectLock.Enter(_store.Folder, users[0].CustomKeyStoreId);
        (cluster, users) = Read(clusterId);
        ImmutableArray<HsmToken> active = Active(cluster, context.Observer);
        foreach (string library in active.Select(static hsm => hsm.Library!).Distinct())
        {
            RequireCopier(library, ErrorCause.VendorBacksUp, "Back the HSMs up with the tool of their vendor.");
        }

        string backupId = NewId();
        string folder = Path.Combine(Root, backupId);
        DateTimeOffset time = Now();
        ImmutableArray<HsmInventory>? before = Inventory(users);
        HsmCopy copy = _hsms.Provider.Copier.Copy([.. active.Select(static hsm => (hsm.Library!, hsm))], folder);
        ImmutableArray<HsmBackupKey>? keys = Content(active, before, Inventory(users));
        CustomKeyStore? user = users.FirstOrDefault();
        var backup = new HsmClusterBackup
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
            Insert(context, backup, keys ?? []);
        }
        catch
        {
            TryDelete(folder);
            throw;
        }

        return Describe(backup);
    }

    /// <summary>Records a backup that was made with the tool of the HSM's vendor.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="vendorReference">What the tool calls it, 1-1024 characters: a path, a label.</param>
    /// <param name="creationDate">When it was made; null for now.</param>
    /// <param name="caller">Who records it; null for the user of the operating system.</param>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException.</exception>
    /// <exception cref="ArgumentException">The reference is too long, or the date is in the future.</exception>
    public HsmBackupDescription Record(string clusterId, string vendorReference, DateTimeOffset? creationDate = null, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(vendorReference);
        return _administration.Do(
            new AdministrativeAct(AuditNames.BackupHsmCluster, caller).With(Members.ClusterId, clusterId),
            context => Record(context, clusterId, vendorReference, creationDate));
    }

    private HsmBackupDescription Record(AdministrativeContext context, string clusterId, string vendorReference, DateTimeOffset? creationDate)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(vendorReference);
        if (vendorReference.Length > LongestReference)
        {
            throw new ArgumentException($"The reference of a vendor's backup has at most {LongestReference} characters.", nameof(vendorReference));
        }

        DateTimeOffset now = Now();
        if (creationDate > now)
        {
            throw new ArgumentException("A backup cannot have been made in the future.", nameof(creationDate));
        }

        (HsmCluster cluster, ImmutableArray<CustomKeyStore> users) = Read(clusterId);
        var backup = new HsmClusterBackup
        {
            BackupId = NewId(),
            ClusterId = clusterId,
            Kind = HsmBackupKind.VENDOR,
            CreationDate = creationDate ?? now,
            Hsms = [.. cluster.Tokens.Select(token => WithLibrary(cluster, token))],
            TrustAnchorCertificate = cluster.TrustAnchorCertificate,
            VendorReference = vendorReference,
            HighAvailability = cluster.HighAvailability,
            ManagePassword = cluster.ManagePassword,
            CustomKeyStoreId = users.FirstOrDefault()?.CustomKeyStoreId,
        };
        Insert(context, backup, []);
        return Describe(backup);
    }

    /// <summary>The backups, oldest first.</summary>
    /// <param name="clusterId">Only those of this cluster; null for all.</param>
    /// <param name="backupId">Only this one; null for all.</param>
    /// <exception cref="KmsException">CloudHsmResourceNotFoundException: there is no backup with this ID.</exception>
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

    /// <summary>The backups that hold the material of a key, or may hold it, oldest first; also of a key that was deleted long ago.</summary>
    /// <param name="keyReference">Key ID, key ARN, alias name or alias ARN; of a deleted key also an alias that it had.</param>
    /// <param name="region">The Region of a key that is not named by an ARN; null for the store's default.</param>
    /// <param name="clusterId">Only those of this cluster; null for all.</param>
    /// <exception cref="KmsException">
    /// NotFoundException: there never was such a key; UnsupportedOperationException: it is not in HSMs.
    /// </exception>
    public ImmutableArray<HsmBackupDescription> FindForKey(string keyReference, string? region = null, string? clusterId = null)
    {
        _maintenance.Run();
        using IStateReader reader = _store.OpenReader();
        var history = KeyMaterialHistory.Of(keyReference, region ?? _store.Properties.Region, _store, reader);
        return
        [
            .. from backup in reader.ListBackups()
               where clusterId is null || backup.ClusterId == clusterId
               let content = history.Judge(backup)
               where content is not null
               select Describe(backup) with { KeyArn = history.KeyArn, Content = content },
        ];
    }

    /// <summary>Removes a backup: a copy with its files, or the record of a vendor's backup.</summary>
    /// <param name="backupId">The backup.</param>
    /// <param name="caller">Who removes it; null for the user of the operating system.</param>
    /// <exception cref="KmsException">CloudHsmResourceNotFoundException.</exception>
    public void Remove(string backupId, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(backupId);
        _administration.Do(new AdministrativeAct(AuditNames.RemoveHsmClusterBackup, caller).With(Members.BackupId, backupId), context =>
        {
            using ConnectLock held = ConnectLock.EnterBackups(_store.Folder);
            HsmClusterBackup removed = context.Commit(transaction =>
            {
                HsmClusterBackup backup = transaction.FindBackup(backupId) ?? throw KmsErrors.BackupNotFound(backupId);
                transaction.DeleteBackup(backupId);
                Note(context, backup.ClusterId, backup);
                return backup;
            });

            // Without a record the folder is a leftover, whenever this process dies.
            RemoveLeftovers();
            return removed;
        });
    }

    private static HsmToken WithLibrary(HsmCluster cluster, HsmToken token) => token with { Library = token.Library ?? cluster.Library };

    private static string NewId() => IdPrefix + RandomNumberGenerator.GetString(IdAlphabet, 11);

    // What was there before and after was there meanwhile; what came or went may be in the copy.
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

        return [.. keys.Select(static key => new HsmBackupKey(key.Key, key.Value)).OrderBy(static key => key.BackingKeyId, StringComparer.Ordinal)];

        static ImmutableArray<HsmKeyObject>? Answer(ImmutableArray<HsmInventory> inventories, HsmToken token) => inventories
            .FirstOrDefault(hsm => hsm.Failure is null && hsm.Token.IsSame(token))?.Keys;
    }

    private static void TryDelete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is a leftover, which the next one removes.
        }
    }

    private void RequireCopier(string library, ErrorCause cause, string otherwise)
    {
        if (_hsms.Provider.Copier.WhyNot(library) is { } reason)
        {
            throw new HsmException(HsmFailure.NotPermitted, $"{reason} {otherwise}") { Cause = cause };
        }
    }

    private (HsmCluster Cluster, ImmutableArray<CustomKeyStore> Users) Read(string clusterId)
    {
        using IStateReader reader = _store.OpenReader();
        return (reader.FindCluster(clusterId) ?? throw KmsErrors.ClusterNotFound(clusterId), reader.ListCustomKeyStoresOfCluster(clusterId));
    }

    private DateTimeOffset Now()
    {
        using IStateReader reader = _store.OpenReader();
        return _clock.Now(reader);
    }

    private ImmutableArray<HsmToken> Active(HsmCluster cluster, CallObserver observer)
    {
        var active = ImmutableArray.CreateBuilder<HsmToken>();
        foreach ((HsmToken token, HsmStatus status) in cluster.Tokens.Zip(_clusters.Inspect(cluster)))
        {
            if (status.State == HsmState.ACTIVE)
            {
                active.Add(WithLibrary(cluster, token));
            }
            else
            {
                observer.Warn($"HSM '{token.TokenLabel}' of {cluster.ClusterId} is {status.State} and is not in the backup.");
            }
        }

        return active.Count == 0 ? throw KmsErrors.ClusterNotActive(cluster.ClusterId) : active.DrainToImmutable();
    }

    private ImmutableArray<HsmInventory>? Inventory(ImmutableArray<CustomKeyStore> users)
    {
        // To log in while a change of the password is to be completed needs the lock that the caller has.
        if (users.FirstOrDefault(static user => user is { ConnectionState: ConnectionStateType.CONNECTED, OtherWrappedPassword: null }) is not { } connected)
        {
            return null;
        }

        try
        {
            return _hsms.Use(connected, static connection => connection.ListKeys());
        }
        catch (HsmException)
        {
            return null;
        }
    }

    private static void Insert(AdministrativeContext context, HsmClusterBackup backup, ImmutableArray<HsmBackupKey> keys) => context.Commit(transaction =>
    {
        if (transaction.FindBackup(backup.BackupId) is not null)
        {
            throw new InvalidOperationException($"A backup with the ID {backup.BackupId} exists already.");
        }

        transaction.InsertBackup(backup, keys);
        Note(context, backup.ClusterId, backup);
        return backup;
    });

    // KeyMaterialHistory reads it, also when the backup is removed.
    private static void Note(AdministrativeContext context, string clusterId, HsmClusterBackup backup)
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

    private HsmBackupDescription Describe(HsmClusterBackup backup) => new(
        backup.BackupId,
        backup.ClusterId,
        backup.Kind,
        backup.CreationDate.UtcDateTime,
        [.. backup.Hsms.Select(static hsm => hsm.TokenLabel)],
        backup.KeyCount,
        backup.Size,
        backup.VendorReference ?? Path.Combine(Root, backup.BackupId),
        backup.TrustAnchorCertificate);

    // What processes left that died: folders without a record, and tokens that were restored for a cluster that did not come to be. The
    // caller has the lock of the backups.
    private void RemoveLeftovers()
    {
        if (!Directory.Exists(Root))
        {
            return;
        }

        using (IStateReader reader = _store.OpenReader())
        {
            foreach (string folder in Directory.GetDirectories(Root))
            {
                if (reader.FindBackup(Path.GetFileName(folder)) is null)
                {
                    TryDelete(folder);
                }
            }
        }

        foreach (string file in Directory.GetFiles(Root, PlannedTokens.Pattern))
        {
            Abandon(PlannedTokens.Read(file));
        }
    }
}
