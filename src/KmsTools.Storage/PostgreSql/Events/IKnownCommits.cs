using KmsTools.Persistence;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>What this process knows of the commits of all processes. Safe for use by many threads.</summary>
internal interface IKnownCommits
{
    /// <summary>What is known now.</summary>
    KnownCommits Look();

    /// <summary>
    /// Whether a commit of another process that is known by now, and is newer than what the call knew, has touched what the call has read.
    /// </summary>
    bool IsStale(StateReads reads);

    /// <summary>Takes note of newer commits, some of which may be known in the meantime.</summary>
    /// <param name="news">The commits. If they are not complete, everything that was read before is stale.</param>
    /// <exception cref="StateStoreException">The database has lost commits that were known.</exception>
    void Learn(CommitNews news);
}

/// <summary>What a process knows of the commits of all processes.</summary>
/// <param name="Newest">The newest commit.</param>
/// <param name="OwnNonce">
/// The nonce of the commit that this process is about to make, or has made without knowing it yet; negative for none. Its calls may come
/// before it.
/// </param>
internal readonly record struct KnownCommits(CommitMark Newest, long OwnNonce);
