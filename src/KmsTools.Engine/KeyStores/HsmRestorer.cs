using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Identifiers;
using KmsTools.Persistence;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <summary>Creates clusters and HSMs from backups.</summary>
public sealed partial class HsmRestorer
{
    private readonly IStateStore _store;
    private readonly HsmConnections _hsms;
    private readonly HsmClusterRegistry _clusters;
    private readonly HsmMembers _members;
    private readonly HsmBackups _backups;
    private readonly BackupFolder _folder;
    private readonly BackupSource _source;
    private readonly Administration _administration;

    internal HsmRestorer(
        IStateStore store,
        HsmConnections hsms,
        HsmClusterRegistry clusters,
        HsmMembers members,
        HsmBackups backups,
        BackupFolder folder,
        BackupSource source,
        Administration administration)
    {
        _store = store;
        _hsms = hsms;
        _clusters = clusters;
        _members = members;
        _backups = backups;
        _folder = folder;
        _source = source;
        _administration = administration;
    }

    /// <summary>
    /// Creates new tokens from a copy, one for each HSM in it, and registers them as a new cluster with the certificate of the one that was
    /// backed up, so that its custom key store can be moved to it.
    /// </summary>
    /// <param name="backupId">The backup.</param>
    /// <param name="tokenLabels">Labels of the new tokens, as many as the backup has HSMs; empty generates them.</param>
    /// <param name="clusterId">The ID of the new cluster; null generates one.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <param name="observer">Observes the progress; null for none.</param>
    /// <exception cref="KmsException">CloudHsmResourceNotFoundException.</exception>
    /// <exception cref="HsmException">
    /// NotPermitted: the backup is a vendor's. Otherwise the copy is damaged, or the HSMs do not accept it. Nothing is left.
    /// </exception>
    /// <exception cref="ArgumentException">A label or the ID is taken, the ID is malformed, or their number is wrong.</exception>
    /// <exception cref="IOException">The tokens cannot be written. Nothing is left.</exception>
    public HsmRestoration Restore(
        string backupId,
        IReadOnlyList<string>? tokenLabels = null,
        string? clusterId = null,
        Caller? caller = null,
        CallObserver? observer = null) =>
        _administration.Do(
            Restoring(backupId, clusterId, caller),
            context => Restore(context, backupId, tokenLabels, HsmClusterRegistry.IdOf(clusterId)),
            observer);

    private HsmRestoration Restore(AdministrativeContext context, string backupId, IReadOnlyList<string>? tokenLabels, ClusterId clusterId)
    {
        using IDisposable held = _folder.Enter();
        HsmClusterBackup backup = RequireCopy(backupId);
        ImmutableArray<HsmToken> tokens = RestoredTokens.Of(backup, tokenLabels ?? []);
        using (IStateReader reader = _store.OpenReader())
        {
            HsmClusterRules.RequireFree(reader, clusterId);
        }

        PlannedTokens plan = _folder.Plan(tokens);
        HsmCluster cluster;
        try
        {
            for (int i = 0; i < tokens.Length; i++)
            {
                context.Observer.Report($"Making token {tokens[i].TokenLabel}");
                _hsms.Provider.Copier.CreateToken(Reference(backup), i, tokens[i].Library!, tokens[i]);
            }

            cluster = Register(context, backup, tokens, clusterId);
        }
        catch
        {
            _folder.Abandon(plan);
            throw;
        }

        plan.Forget();
        return new HsmRestoration(_clusters.Find(clusterId)[0], AdoptPassword(backup, cluster));
    }

    /// <summary>
    /// Adds to a cluster an HSM that is created as a clone of one of its HSMs, as AWS CloudHSM creates an HSM from a backup of its
    /// cluster: it also holds the keys that cannot leave the others.
    /// </summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="tokenLabel">The label of the new token, 1-32 bytes.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <param name="observer">Observes the progress; null for none.</param>
    /// <exception cref="KmsException">
    /// CloudHsmClusterNotFoundException, or CloudHsmClusterNotActiveException: no HSM can be cloned.
    /// </exception>
    /// <exception cref="HsmException">
    /// NotPermitted: the tokens cannot be copied. Otherwise it could not be created or added. Nothing is left.
    /// </exception>
    /// <exception cref="ArgumentException">The cluster has an HSM with this label.</exception>
    public HsmAddition AddClone(string clusterId, string tokenLabel, Caller? caller = null, CallObserver? observer = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(tokenLabel);
        AdministrativeAct act = new AdministrativeAct(AuditNames.AddHsm, caller)
            .With(Members.ClusterId, clusterId).With(Members.TokenLabel, tokenLabel).With(Members.Clone, true);
        return _administration.Do(act, context => AddClone(context, clusterId, tokenLabel), observer);
    }

    private HsmAddition AddClone(AdministrativeContext context, string clusterId, string tokenLabel)
    {
        using IDisposable held = _folder.Enter();
        (HsmCluster cluster, ImmutableArray<CustomKeyStore> users) = _source.Read(clusterId);
        ImmutableArray<HsmInventory> inventories = _source.Inventory(users) ?? [];

        // What an HSM lacks, its clone lacks too.
        HsmToken source = _source.Active(cluster, CallObserver.None)
            .OrderByDescending(
                hsm => inventories.FirstOrDefault(each => each.Token.IsSame(hsm))?.Keys.Count(static key => key.IsUsable) ?? 0)
            .First();
        _source.RequireCopier(source.Library!, ErrorCause.VendorClones, "Make the clone with the tool of their vendor.");
        string folder = _folder.Of(HsmIds.OfBackup());
        try
        {
            context.Observer.Report($"Copying HSM {source.TokenLabel}");
            HsmCopy copy = _hsms.Provider.Copier.Copy([(source.Library!, source)], folder);
            HsmToken clone = new(tokenLabel, RestoredTokens.NewSerialNumber(), source.Library);
            PlannedTokens plan = _folder.Plan([clone]);
            try
            {
                _hsms.Provider.Copier.CreateToken(new HsmCopyReference(folder, copy.Digest), 0, source.Library!, clone);
                HsmAddition added = _members.Add(context, clusterId, new NamedToken(TokenSelector.OfLabel(tokenLabel), source.Library));
                plan.Forget();
                return added;
            }
            catch
            {
                _folder.Abandon(plan);
                throw;
            }
        }
        finally
        {
            BackupFolder.TryDelete(folder);
        }
    }

    /// <summary>What a restore would need and find, without performing it.</summary>
    /// <param name="backupId">The backup.</param>
    /// <param name="inPlaceClusterId">The cluster whose content would be restored; null for a new one.</param>
    /// <param name="triedBy">Who has asked for the act, whose refusal is recorded; null to record nothing.</param>
    /// <exception cref="KmsException">The same as for the restore itself.</exception>
    /// <exception cref="HsmException">NotPermitted: as for the restore itself.</exception>
    public HsmBackupDescription PreviewRestore(string backupId, string? inPlaceClusterId = null, Caller? triedBy = null) =>
        _administration.Preview(Restoring(backupId, inPlaceClusterId, triedBy), triedBy, _ =>
        {
            HsmClusterBackup backup = RequireCopy(backupId);
            if (inPlaceClusterId is not null)
            {
                RequireRestorable(backup, inPlaceClusterId);
            }

            return _backups.Describe(backup);
        });

    private HsmCopyReference Reference(HsmClusterBackup backup) => new(_folder.Of(backup.BackupId), backup.Digest!);

    private HsmClusterBackup RequireCopy(string backupId)
    {
        using IStateReader reader = _store.OpenReader();
        HsmClusterBackup backup = reader.FindBackup(backupId) ?? throw KmsErrors.BackupNotFound(backupId);
        if (backup.Kind != HsmBackupKind.COPY)
        {
            throw new HsmException(
                HsmFailure.NotPermitted,
                $"Backup {backupId} ('{backup.VendorReference}') was made with the tool of the HSM's vendor, which alone can restore it.")
            {
                Cause = ErrorCause.VendorRestores,
            };
        }

        _folder.RequireCopy(backupId);
        return backup;
    }

    private static AdministrativeAct Restoring(string backupId, string? clusterId, Caller? caller) =>
        new AdministrativeAct(AuditNames.RestoreHsmCluster, caller).With(Members.BackupId, backupId).With(Members.ClusterId, clusterId);

    private static HsmClusterRestoration Restoration(AdministrativeContext context, string clusterId, HsmClusterBackup backup) =>
        new(clusterId, context.Now, backup.BackupId, backup.ClusterId, backup.CreationDate);

    private static HsmCluster Register(
        AdministrativeContext context,
        HsmClusterBackup backup,
        ImmutableArray<HsmToken> tokens,
        ClusterId clusterId) =>
        context.Commit(transaction =>
        {
            HsmClusterRules.RequireFree(transaction, clusterId);
            string library = tokens[0].Library!;
            HsmCluster cluster = new()
            {
                ClusterId = clusterId,
                Library = library,
                Tokens = [.. tokens.Select(token => token.Library == library ? token with { Library = null } : token)],
                TrustAnchorCertificate = backup.TrustAnchorCertificate,
                CreationDate = context.Now,
                HighAvailability = backup.HighAvailability,
                ManagePassword = backup.ManagePassword,
            };
            transaction.InsertCluster(cluster);
            transaction.AddHsmRestoration(Restoration(context, clusterId, backup));
            context.AdditionalEventData[Members.RestoredHsms] = string.Join(", ", tokens.Select(static token => token.TokenLabel));
            HsmBackups.Note(context, clusterId, backup);
            return cluster;
        });

    // The crypto user has the password from the time of the backup, but a managed password has changed since, and no one knows the old one.
    private string? AdoptPassword(HsmClusterBackup backup, HsmCluster cluster)
    {
        CustomKeyStore? user = null;
        if (backup.CustomKeyStoreId is { } storeId)
        {
            using IStateReader reader = _store.OpenReader();
            user = reader.ListClusters().SelectMany(each => reader.ListCustomKeyStoresOfCluster(each.ClusterId))
                .FirstOrDefault(each => each.CustomKeyStoreId == storeId);
        }

        if (user is null || backup.WrappedPassword is not { } wrapped)
        {
            return "The crypto user of the restored HSMs has the password that it had when the backup was made.";
        }

        using Secret then = _hsms.Passwords.Open(user with { WrappedPassword = wrapped });
        using Secret now = _hsms.Passwords.Open(user);
        if (then.ContentEquals(now))
        {
            return null;
        }

        if (!backup.ManagePassword)
        {
            return "The crypto user of the restored HSMs has the password that it had when the backup was made, and custom key store "
                + $"{user.CustomKeyStoreId} has another one now: set it with UpdateCustomKeyStore.";
        }

        try
        {
            using IHsmConnection connection = then.Use(pin => _hsms.Provider.Connect(cluster, pin));
            now.Use(connection.ChangePin);
            return null;
        }
        catch (HsmException exception)
        {
            return $"The crypto user of the restored HSMs could not be given the password that custom key store {user.CustomKeyStoreId} "
                + $"has now: {exception.Message} "
                + "Set one as security officer of the HSMs, and set it with UpdateCustomKeyStore.";
        }
    }
}
