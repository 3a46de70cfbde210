using KmsTools.Auditing;
using KmsTools.Cryptography;

namespace KmsTools.Persistence;

/// <summary>
/// A store whose files are read without opening it, whatever is damaged: what cannot be read is a finding, and the rest is read all the
/// same. Nothing in its folder is changed, and nothing is repaired. Other processes may have it open.
/// </summary>
public interface IExaminedStore : IDisposable
{
    /// <summary>Where the store is, for people.</summary>
    string Location { get; }

    /// <summary>
    /// What the secrets of the store are opened with; null where that is damaged, or sealed and not unlocked, or where the records cannot be
    /// read. Known after <see cref="VerifyFiles"/>.
    /// </summary>
    ExaminedSecrets? Secrets { get; }

    /// <summary>Verifies the files of the store and every record, as <see cref="IStateStore.VerifyFiles"/> does.</summary>
    /// <param name="found">Gets each finding.</param>
    StoreFileVerification VerifyFiles(Action<StoreFinding> found);

    /// <summary>Reads the state as it was when <see cref="VerifyFiles"/> has read it.</summary>
    /// <exception cref="InvalidOperationException">There are no <see cref="Secrets"/>.</exception>
    IStateReader OpenReader();

    /// <summary>
    /// Verifies the segments of the event log; none where it is not known which store they belong to, which is a finding already.
    /// </summary>
    /// <param name="heads">Segments as they were listed at an earlier time and kept elsewhere; may be empty.</param>
    IEnumerable<EventSegmentVerification> VerifyEvents(IReadOnlyCollection<EventSegment> heads);

    /// <summary>
    /// Whether what was read is one state of the store. If not, another process has begun to use it in the meantime, and findings may be
    /// wrong: it has to be examined again.
    /// </summary>
    bool IsOneState();
}

/// <summary>What the secrets of a store are opened with.</summary>
/// <param name="InstallationId">The ID of the store.</param>
/// <param name="RootKey">The root key.</param>
/// <param name="Store">The secrets of the store itself.</param>
public sealed record ExaminedSecrets(string InstallationId, RootKey RootKey, StoreSecrets Store);
