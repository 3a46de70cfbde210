using System.Collections.Immutable;
using System.Diagnostics;
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
    private readonly IStateStore _store;
    private readonly SoftwareKeyStore _software;
    private readonly KeyMaterialReconciler _keyMaterial;

    internal StoreVerifier(IStateStore store, SoftwareKeyStore software, KeyMaterialReconciler keyMaterial)
    {
        _store = store;
        _software = software;
        _keyMaterial = keyMaterial;
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
        DateTime start = DateTime.UtcNow;
        long started = Stopwatch.GetTimestamp();
        int damages = 0;
        int notes = 0;
        void Count(StoreFinding finding)
        {
            _ = finding.IsDamage ? damages++ : notes++;
            found(finding);
        }

        StoreFileVerification files = _store.VerifyFiles(Count);
        SecretVerifier secrets = new(_store, _software, Count);
        secrets.Run();
        long events = VerifyEvents(heads, Count);
        ImmutableArray<string> compared = comparesHsms ? CompareHsms(Count) : [];
        return new StoreVerification
        {
            Path = _store.Location,
            Damages = damages,
            Notes = notes,
            Records = files.Records,
            Keys = secrets.Keys,
            Secrets = secrets.Secrets,
            Events = events,
            NewestChange = files.NewestChange,
            ComparedClusters = compared,
            StartTime = start,
            Duration = Stopwatch.GetElapsedTime(started),
        };
    }

    private long VerifyEvents(IReadOnlyCollection<EventSegment> heads, Action<StoreFinding> found)
    {
        long events = 0;
        foreach (EventSegmentVerification segment in _store.Events.Verify(heads))
        {
            string name = System.IO.Path.GetFileName(segment.Path);
            string? fault = segment.Status switch
            {
                EventSegmentStatus.DAMAGED => $"is not what was written, from position {segment.Position} on",
                EventSegmentStatus.DIFFERENT_HEAD => "has other events than the catalogue of the log or a given head says",
                EventSegmentStatus.MISSING => "is missing",
                EventSegmentStatus.NOT_IN_CATALOGUE => "is there, and the catalogue of the log does not name it",
                _ => null,
            };
            events += segment.Status == EventSegmentStatus.DROPPED ? 0 : segment.Events;
            if (fault is not null)
            {
                found(new StoreFinding(StoreFindingKind.FILE_DAMAGED, name, $"'{name}' of the event log {fault}.")
                {
                    Path = _store.IsShared ? null : segment.Path,
                    Table = _store.IsShared ? segment.Number == 0 ? "event_segments" : "events" : null,
                });
            }
        }

        return events;
    }

    private ImmutableArray<string> CompareHsms(Action<StoreFinding> found)
    {
        ImmutableArray<string>.Builder compared = ImmutableArray.CreateBuilder<string>();
        ImmutableArray<HsmCluster> clusters;
        using (IStateReader state = _store.OpenReader())
        {
            clusters = SecretVerifier.Read(state.ListClusters, static _ => { });
        }

        foreach (string clusterId in clusters.Select(static cluster => cluster.ClusterId))
        {
            try
            {
                if (!_keyMaterial.IsConnected(clusterId))
                {
                    found(NotCompared(clusterId, "no custom key store is connected to it, so there is no login."));
                    continue;
                }

                HsmReconciliation comparison = _keyMaterial.Find(clusterId);
                compared.Add(clusterId);
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

    private static StoreFinding NotCompared(string clusterId, string why) => new(
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
