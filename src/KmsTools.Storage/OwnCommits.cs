using System.Collections.Immutable;
using KmsTools.Persistence;

namespace KmsTools.Storage;

/// <summary>
/// The newest commits of this process, as long as no other process commits between them, so that its caches need not read the file to know
/// what it has changed itself. Not safe for several threads.
/// </summary>
internal sealed class OwnCommits
{
    // More would take longer to go through than to begin with what a few statements read.
    private const int MaxKept = 256;

    private readonly Queue<(long Version, OwnCommit Commit)> _commits = new();
    private long _beginning;

    /// <summary>Calls see a new version, which differs from the one before by these commits only.</summary>
    public void Add(long version, IEnumerable<OwnCommit> commits)
    {
        foreach (OwnCommit commit in commits)
        {
            _commits.Enqueue((version, commit));
        }

        while (_commits.Count > MaxKept)
        {
            _beginning = _commits.Dequeue().Version;
        }
    }

    /// <summary>Calls see a new version, in which another process may have changed something.</summary>
    public void Restart(long version)
    {
        _commits.Clear();
        _beginning = version;
    }

    /// <summary>What has changed between two versions; null if it is not known, or nothing.</summary>
    public RecentChanges? Find(long after, long version)
    {
        if (after < _beginning)
        {
            return null;
        }

        OwnCommit? newest = null;
        ImmutableArray<StateItem>.Builder touched = ImmutableArray.CreateBuilder<StateItem>();
        foreach ((long at, OwnCommit commit) in _commits)
        {
            if (at > after && at <= version)
            {
                newest = commit;
                touched.AddRange(commit.Commit.Touched);
            }
        }

        return newest is null ? null : new RecentChanges(newest.Commit.Number, touched.ToImmutable(), newest.EarliestDue);
    }
}

/// <summary>A commit of this process.</summary>
/// <param name="Commit">Its number, and what it has touched.</param>
/// <param name="EarliestDue">The earliest moment at which anything becomes due after it (UTC), or null.</param>
internal sealed record OwnCommit(StateCommit Commit, DateTimeOffset? EarliestDue);
