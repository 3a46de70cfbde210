using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools;

/// <summary>
/// Verifies the folder of a store that is not opened, such as one that is refused because it is damaged. Reads all that can be read, changes
/// nothing, and repairs nothing.
/// </summary>
/// <param name="stores">Reads stores.</param>
/// <param name="signatures">Provides the signature algorithms that .NET lacks when a key first needs one.</param>
public sealed class StoreExaminer(IStateStoreFactory stores, Func<ISignatureProvider> signatures)
{
    // Each time a process has begun to use a store that nobody used. From then on its state is read as of one moment.
    private const int MaxAttempts = 3;

    /// <summary>Verifies the store.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="unlock">Opens the seal of a sealed store; null if nothing does: then that is a finding.</param>
    /// <param name="found">Gets each finding.</param>
    /// <param name="heads">Segments of the event log as they were listed at an earlier time and kept elsewhere; may be empty.</param>
    /// <exception cref="StateStoreException">
    /// The folder has no store, others can read or change it, or what was given does not open its seal.
    /// </exception>
    public StoreVerification Run(
        string folder, Func<Seal, SealKey>? unlock, Action<StoreFinding> found, IReadOnlyCollection<EventSegment> heads)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(heads);
        for (int attempt = 1; ; attempt++)
        {
            List<StoreFinding> findings = [];
            using IExaminedStore store = stores.Examine(folder, unlock);
            StoreVerification result = Examine(store, findings.Add, heads);
            if (store.IsOneState() || attempt == MaxAttempts)
            {
                findings.ForEach(found);
                return result;
            }
        }
    }

    private StoreVerification Examine(IExaminedStore store, Action<StoreFinding> found, IReadOnlyCollection<EventSegment> heads)
    {
        FindingCounter counter = new(found);
        StoreFileVerification files = store.VerifyFiles(counter.Add);
        long keys = 0;
        long secrets = 0;
        if (store.Secrets is { } opened)
        {
            using SoftwareKeyStore software = new(
                opened.RootKey, opened.Store, opened.InstallationId, signatures, static (_, _, _) => null);
            SecretVerifier verifier = new(store.OpenReader, opened.InstallationId, opened.RootKey, software, counter.Add);
            verifier.Run();
            keys = verifier.Keys;
            secrets = verifier.Secrets;
            using IStateReader state = store.OpenReader();
            foreach (HsmCluster cluster in SecretVerifier.Read(state.ListClusters, static _ => { }))
            {
                counter.Add(StoreVerifier.NotCompared(cluster.ClusterId, "the store was not opened."));
            }
        }

        long events = EventFindings.Report(store.VerifyEvents(heads), isShared: false, isOpen: false, counter.Add);
        return counter.Conclude(store.Location, files) with { Keys = keys, Secrets = secrets, Events = events };
    }
}
