using System.Collections.Immutable;
using KmsTools.Persistence;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <content>Restores into the HSMs that a cluster has.</content>
public sealed partial class HsmRestorer
{
    /// <summary>
    /// Gives the HSMs of a cluster the content of a copy. They keep their labels and serial numbers; an HSM that is lost is created again.
    /// What they held no longer exists afterwards. HSMs that are not in the backup get what its first one held.
    /// </summary>
    /// <param name="backupId">The backup.</param>
    /// <param name="clusterId">The cluster, of the same backup history.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <param name="observer">Observes the progress; null for none.</param>
    /// <exception cref="KmsException">
    /// CloudHsmResourceNotFoundException, CloudHsmClusterNotFoundException; CloudHsmClusterNotRelatedException: it has another certificate;
    /// CustomKeyStoreInvalidStateException: a custom key store of these HSMs is not disconnected.
    /// </exception>
    /// <exception cref="HsmException">
    /// NotPermitted: the backup is a vendor's, or a key in one of the HSMs opens the seal of the store. Otherwise the copy is damaged, or
    /// an HSM does not accept it: the HSM is unchanged.
    /// </exception>
    /// <exception cref="IOException">The content cannot be written. The HSM is unchanged.</exception>
    public HsmRestoration RestoreInPlace(string backupId, string clusterId, Caller? caller = null, CallObserver? observer = null) =>
        _administration.Do(Restoring(backupId, clusterId, caller), context => RestoreInPlace(context, backupId, clusterId), observer);

    private HsmRestoration RestoreInPlace(AdministrativeContext context, string backupId, string clusterId)
    {
        using IDisposable held = _folder.Enter();
        HsmClusterBackup backup = RequireCopy(backupId);
        (HsmCluster cluster, ImmutableArray<CustomKeyStore> users) = RequireRestorable(backup, clusterId);
        List<IDisposable> connecting = [];
        try
        {
            // From here on no process connects. The locks are taken in a fixed order, so that two processes do not wait for each other.
            connecting.AddRange(users
                .OrderBy(static user => user.CustomKeyStoreId, StringComparer.Ordinal)
                .Select(user => StoreLock.EnterKeyStore(_store, user.CustomKeyStoreId)));
            (cluster, _) = RequireRestorable(backup, clusterId);
            for (int i = 0; i < cluster.Tokens.Length; i++)
            {
                HsmToken token = BackupSource.WithLibrary(cluster, cluster.Tokens[i]);
                context.Observer.Report($"Restoring HSM {token.TokenLabel}");
                _hsms.Provider.Copier.ReplaceContent(Reference(backup), SourceOf(backup, token), token.Library!, token);
            }

            context.AdditionalEventData[Members.InPlace] = "true";
            HsmBackups.Note(context, clusterId, backup);
            context.Commit(transaction =>
            {
                transaction.AddHsmRestoration(Restoration(context, clusterId, backup));
                return true;
            });
        }
        finally
        {
            connecting.ForEach(static each => each.Dispose());
        }

        return new HsmRestoration(_clusters.Find(clusterId)[0], AdoptPassword(backup, cluster));
    }

    private static int SourceOf(HsmClusterBackup backup, HsmToken token) =>
        Math.Max(0, backup.Hsms.IndexOf(backup.Hsms.FirstOrDefault(token.IsSame)!));

    private (HsmCluster Cluster, ImmutableArray<CustomKeyStore> Users) RequireRestorable(HsmClusterBackup backup, string clusterId)
    {
        using IStateReader reader = _store.OpenReader();
        HsmCluster cluster = reader.FindCluster(clusterId) ?? throw KmsErrors.ClusterNotFound(clusterId);
        if (!ClusterCertificate.IsSame(cluster.TrustAnchorCertificate, backup.TrustAnchorCertificate))
        {
            throw KmsErrors.ClusterNotRelated(clusterId);
        }

        // A token can be in more than one cluster.
        ImmutableArray<CustomKeyStore> users =
        [
            .. reader.ListClusters()
                .Where(other => other.Tokens.Any(token => cluster.Tokens.Any(token.IsSame)))
                .SelectMany(other => reader.ListCustomKeyStoresOfCluster(other.ClusterId)),
        ];
        if (users.FirstOrDefault(static user => user.ConnectionState != ConnectionStateType.DISCONNECTED) is { } busy)
        {
            throw KmsErrors.CustomKeyStoreInvalidState(busy, "RestoreHsmCluster", ErrorCause.KeyStoreInUse);
        }

        RequireNotOfSeal(cluster);
        foreach (HsmToken token in cluster.Tokens)
        {
            // Of all before the first is changed.
            _hsms.Provider.Copier.RequireReplaceable(token.Library ?? cluster.Library, token);
        }

        return (cluster, users);
    }

    // Without the key nothing may open the store ever again, and whether a copy holds it can be seen with the PIN only.
    private void RequireNotOfSeal(HsmCluster cluster)
    {
        if (HsmsOfSeal.Find(_store.ReadSeal(), _hsms, cluster.Tokens) is ({ } token, { } place))
        {
            throw new HsmException(
                HsmFailure.NotPermitted,
                $"HSM '{token.TokenLabel}' of {cluster.ClusterId} has a key that opens the seal of this store: {place.Uri}. What the HSM "
                    + "holds is lost when a backup is restored into it, and with that key the store may be lost. Nothing was restored.")
            {
                Cause = ErrorCause.HsmOpensStore,
            };
        }
    }
}
