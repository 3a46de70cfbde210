using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql.Events;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// Which commits this process knows. The version of the store is the number of the newest one: the database answers a commit when it is
/// on the disk, so that what is visible is durable.
/// <para>
/// A call may go on with what is known, since its event is appended only if no commit of another process has changed what it has read. A
/// commit of this process outdates nothing: it is known before it is answered, so that a call which has not seen it began before.
/// </para>
/// </summary>
/// <param name="newest">The newest commit when the store was opened.</param>
/// <param name="location">The store, for people.</param>
internal sealed class PostgreSqlVersion(CommitMark newest, string location) : IStateVersion, IKnownCommits
{
    // More would take longer to go through than to read again what is needed.
    private const int MaxKept = 256;
    private const long NoCommit = -1;

    private readonly Lock _gate = new();

    // All guarded by the gate. The newest commits, without gaps up to the version.
    private readonly Queue<KnownCommit> _commits = new();
    private CommitMark _newest = newest;
    private OwnCommit? _announced;
    private LostChanges? _lost;

    /// <summary>The newest commit that is known.</summary>
    /// <exception cref="StateStoreException">The database has lost changes.</exception>
    public long Version
    {
        get
        {
            lock (_gate)
            {
                RequireNothingLost();
                return _newest.Number;
            }
        }
    }

    /// <summary>The newest commit that is known; null once the database has lost changes.</summary>
    public CommitMark? Newest
    {
        get
        {
            lock (_gate)
            {
                return _lost is null ? _newest : null;
            }
        }
    }

    /// <summary>Whether the newest commit is one of this process.</summary>
    public bool IsNewestOwn
    {
        get
        {
            lock (_gate)
            {
                return _commits.Count > 0 && _commits.Last().Own is not null;
            }
        }
    }

    public KnownCommits Look()
    {
        lock (_gate)
        {
            RequireNothingLost();
            return new KnownCommits(_newest, _announced?.Commit.Nonce ?? NoCommit);
        }
    }

    /// <summary>Learns what other processes have committed.</summary>
    /// <param name="commits">The commits.</param>
    /// <returns>The newest commit.</returns>
    /// <exception cref="StateStoreException">The database has lost changes.</exception>
    public long Learn(CommitsTable commits)
    {
        Learn(commits.ReadFrom(Look().Newest));
        return Version;
    }

    public void Learn(CommitNews news)
    {
        StateChanges changes = news.Changes;
        lock (_gate)
        {
            RequireNothingLost();
            if (news.IsReplaced || changes.Number < news.Known.Number)
            {
                _lost = LostSince(news.Known, changes.Number);
                RequireNothingLost();
            }

            if (!changes.IsComplete && changes.Number > _newest.Number)
            {
                _commits.Clear();
                _newest = MarkOf(changes.Commits[^1]);
                return;
            }

            foreach (StateCommit commit in changes.Commits)
            {
                if (commit.Number > _newest.Number)
                {
                    Add(new KnownCommit(commit, _announced is { } own && own.Commit.Nonce == commit.Nonce ? own : null));
                }
            }
        }
    }

    public bool IsStale(StateReads reads)
    {
        lock (_gate)
        {
            RequireNothingLost();
            if (reads.Version >= _newest.Number)
            {
                return false;
            }

            if (_commits.Count == 0 || _commits.Peek().Commit.Number > reads.Version + 1)
            {
                return true;
            }

            foreach (KnownCommit known in _commits)
            {
                if (known.Own is null && known.Commit.Number > reads.Version && known.Commit.Touched.Any(reads.Items.Contains))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>What changed between two versions, if all of it was committed by this process, and lately; otherwise null.</summary>
    public RecentChanges? FindOwnChanges(long after, long version)
    {
        lock (_gate)
        {
            ImmutableArray<StateItem>.Builder touched = ImmutableArray.CreateBuilder<StateItem>();
            OwnCommit? last = null;
            long next = after + 1;
            foreach (KnownCommit known in _commits)
            {
                if (known.Commit.Number == next && next <= version && known.Own is { } own)
                {
                    touched.AddRange(known.Commit.Touched);
                    last = own;
                    next++;
                }
            }

            return last is null || next <= version ? null : new RecentChanges(version, touched.ToImmutable(), last.EarliestDue);
        }
    }

    public void Announce(OwnCommit commit)
    {
        lock (_gate)
        {
            _announced = commit;
        }
    }

    public void EndWrite(bool isCommitted)
    {
        lock (_gate)
        {
            OwnCommit? announced = _announced;
            _announced = null;
            if (isCommitted && announced!.Commit.Number > _newest.Number)
            {
                if (announced.Commit.Number > _newest.Number + 1)
                {
                    _commits.Clear();
                }

                Add(new KnownCommit(announced.Commit, announced));
            }
        }
    }

    public Task SyncAsync() => Task.CompletedTask;

    /// <summary>What is missing in a database in which a commit is not there any more, or is another one.</summary>
    /// <param name="seen">The commit.</param>
    /// <param name="newest">The number of the newest commit there.</param>
    public static LostChanges LostSince(CommitMark seen, long newest) => new(Math.Min(newest, seen.Number - 1), seen.Number);

    /// <summary>The error that refuses such a database.</summary>
    public static StateStoreException Refusal(string location, LostChanges lost) => new(
        $"The database '{location}' no longer has change {lost.Logged}, which was answered: it was restored from a backup, or a server took "
            + "over that did not have all changes. Nothing more is done with the store. Find the server that has them, or accept that they "
            + "are lost.")
    {
        LostChanges = lost,
        Reason = "The database of the key store has lost changes.",
    };

    private static CommitMark MarkOf(StateCommit commit) => new(commit.Number, commit.Nonce);

    private void Add(KnownCommit commit)
    {
        _newest = MarkOf(commit.Commit);
        _commits.Enqueue(commit);
        if (_commits.Count > MaxKept)
        {
            _commits.Dequeue();
        }
    }

    // Once it is known that answered changes are lost, nothing more is built on what is left, until somebody accepts that.
    private void RequireNothingLost()
    {
        if (_lost is { } lost)
        {
            throw Refusal(location, lost);
        }
    }

    /// <summary>A commit.</summary>
    /// <param name="Commit">Its number, and what it has touched.</param>
    /// <param name="Own">What this process knows of it besides; null if it is of another one.</param>
    private sealed record KnownCommit(StateCommit Commit, OwnCommit? Own);
}
