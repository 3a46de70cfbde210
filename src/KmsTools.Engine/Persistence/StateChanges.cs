using System.Collections.Immutable;

namespace KmsTools.Persistence;

/// <summary>One commit of a change of state, of any process.</summary>
/// <param name="Number">Its number; those of all commits are consecutive.</param>
/// <param name="Touched">What it has created, changed or removed.</param>
public sealed record StateCommit(long Number, ImmutableArray<StateItem> Touched)
{
    /// <summary>
    /// Tells the commit from another with the same number, where a number may be used again: by a server that took over without the newest
    /// commits. 0 where none is.
    /// </summary>
    public long Nonce { get; init; }
}

/// <summary>What has changed since a commit.</summary>
/// <param name="Number">The number of the newest commit; 0 in a store without any.</param>
/// <param name="IsComplete">Whether the commits since then are all known. If not, everything may have changed.</param>
/// <param name="Commits">The commits since then, oldest first, as far as they are known.</param>
public sealed record StateChanges(long Number, bool IsComplete, ImmutableArray<StateCommit> Commits);

/// <summary>What changed between two versions of the state.</summary>
/// <param name="Number">The number of the newest commit that the later version shows.</param>
/// <param name="Touched">What was created, changed or removed.</param>
/// <param name="EarliestDue">The earliest moment at which anything becomes due then (UTC), or null.</param>
public sealed record RecentChanges(long Number, ImmutableArray<StateItem> Touched, DateTimeOffset? EarliestDue);
