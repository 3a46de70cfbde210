using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>
/// Verifies a whole store: its files, each record, every wrapped value, the events, and what its HSMs hold. Changes nothing, except that
/// records of material which turns out to be in no HSM are closed.
/// </summary>
public sealed class StoreVerifier
{
    private const string SealSubject = "the seal";

    private readonly IStateStore _store;
    private readonly SoftwareKeyStore _software;
    private readonly KeyMaterialReconciler _keyMaterial;
    private readonly RootKeyRegistry _rootKey;

    internal StoreVerifier(IStateStore store, SoftwareKeyStore software, KeyMaterialReconciler keyMaterial, RootKeyRegistry rootKey)
    {
        _store = store;
        _software = software;
        _keyMaterial = keyMaterial;
        _rootKey = rootKey;
    }

    /// <summary>Verifies the store.</summary>
    /// <param name="found">Gets each finding as soon as it is found.</param>
    /// <param name="heads">Segments of the event log as they were listed at an earlier time and kept elsewhere; may be empty.</param>
    /// <returns>The result, once everything is verified.</returns>
    public StoreVerification Run(Action<StoreFinding> found, IReadOnlyCollection<EventSegment> heads) =>
        Run(found, heads, comparesHsms: true);

    /// <inheritdoc cref="Run(Action{StoreFinding}, IReadOnlyCollection{EventSegment})"/>
    internal StoreVerification Run(Action<StoreFinding> found, IReadOnlyCollection<EventSegment> heads, bool comparesHsms)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(heads);
        FindingCounter counter = new(found);
        StoreFileVerification files = _store.VerifyFiles(counter.Add);
        SecretVerifier secrets = new(_store.OpenReader, _store.Properties.InstallationId, _store.RootKey, _software, counter.Add);
        secrets.Run();
        long events = EventFindings.Report(_store.Events.Verify(heads), _store.IsShared, isOpen: true, counter.Add);
        ImmutableArray<string> compared = [];
        if (comparesHsms)
        {
            FindSealRisks(counter.Add);
            compared = CompareHsms(counter.Add);
        }

        return counter.Conclude(_store.Location, files) with
        {
            Keys = secrets.Keys,
            Secrets = secrets.Secrets,
            Events = events,
            ComparedClusters = compared,
        };
    }

    private void FindSealRisks(Action<StoreFinding> found)
    {
        try
        {
            foreach (string risk in _rootKey.FindSealRisks())
            {
                found(new StoreFinding(StoreFindingKind.SEAL_AT_RISK, SealSubject, risk));
            }
        }
        catch (Exception exception) when (exception is HsmException or StateStoreException or ArgumentException)
        {
            found(new StoreFinding(
                StoreFindingKind.NOT_COMPARED,
                SealSubject,
                $"The HSMs of the seal were not compared with the clusters: {exception.Message}"));
        }
    }

    private ImmutableArray<string> CompareHsms(Action<StoreFinding> found)
    {
        ImmutableArray<string>.Builder compared = ImmutableArray.CreateBuilder<string>();
        ImmutableArray<HsmCluster> clusters;
        using (IStateReader state = _store.OpenReader())
        {
            clusters = SecretVerifier.Read(state.ListClusters, static _ => { });
        }

        foreach (HsmCluster cluster in clusters)
        {
            string clusterId = cluster.ClusterId;
            try
            {
                if (!_keyMaterial.IsConnected(clusterId))
                {
                    found(NotCompared(clusterId, "no custom key store is connected to it, so there is no login."));
                    continue;
                }

                HsmReconciliation comparison = _keyMaterial.Find(clusterId);
                if (comparison.NotAnswered.Length < cluster.Tokens.Length)
                {
                    compared.Add(clusterId);
                }

                foreach (OrphanedKeyMaterial orphan in comparison.Orphans)
                {
                    found(Describe(orphan));
                }

                foreach ((string label, string failure) in comparison.NotAnswered)
                {
                    found(NotCompared(clusterId, $"HSM '{label}' did not answer ({failure})."));
                }
            }
            catch (Exception exception) when (exception is HsmException or KmsException or StateStoreException)
            {
                found(NotCompared(clusterId, exception.Message));
            }
        }

        return compared.DrainToImmutable();
    }

    /// <summary>The finding about a cluster that was not, or not wholly, compared.</summary>
    internal static StoreFinding NotCompared(string clusterId, string why) => new(
        StoreFindingKind.NOT_COMPARED, clusterId, $"The HSMs of {clusterId} were not, or not all, compared with the keys: {why}")
    {
        ClusterId = clusterId,
    };

    private static StoreFinding Describe(OrphanedKeyMaterial orphan)
    {
        (StoreFindingKind kind, string message) = orphan.Kind switch
        {
            OrphanKind.KEY_WITHOUT_MATERIAL => (
                StoreFindingKind.KEY_WITHOUT_MATERIAL,
                $"No HSM of {orphan.ClusterId} holds the material of the key: what it encrypted cannot be decrypted."),
            OrphanKind.KEY_NOT_ON_ALL_HSMS => (
                StoreFindingKind.KEY_NOT_ON_ALL_HSMS,
                $"Not all HSMs of {orphan.ClusterId} hold the material of the key: it is lost once the others are lost."),
            _ when orphan is { Hsms.IsEmpty: true, HiddenIn.IsEmpty: false } => (
                StoreFindingKind.MATERIAL_WITHOUT_KEY,
                $"HSMs of {orphan.ClusterId} refused to destroy material of this store that no key uses, and do not show it any more: "
                    + $"{string.Join(", ", orphan.HiddenIn)}. They may still hold it."),
            _ => (
                StoreFindingKind.MATERIAL_WITHOUT_KEY,
                $"HSMs of {orphan.ClusterId} hold material of this store that no key uses: {string.Join(", ", orphan.Hsms)}."),
        };
        string subject = orphan.KeyArn.Length > 0 ? orphan.KeyArn : orphan.BackingKeyId;
        return new StoreFinding(kind, subject, message) { KeyArn = orphan.KeyArn, ClusterId = orphan.ClusterId };
    }
}
