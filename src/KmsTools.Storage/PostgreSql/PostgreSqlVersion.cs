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
/// <param name="newest">The number of the newest commit when the store was opened.</param>
/// <param name="location">The store, for people.</param>
internal sealed class PostgreSqlVersion(long newest, string location) : IStateVersion, IKnownCommits
{
    // More would take longer to go through than to read again what is needed.
    private const int MaxKept = 256;

    private readonly Lock _gate = new();

    // All guarded by the gate. The newest commits, without gaps up to the version.
    private readonly Queue<KnownCommit> _commits = new();
    private long _version = newest;
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
                return _version;
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
            return new KnownCommits(_version, _announced?.Commit.Number ?? 0);
        }
    }

    /// <summary>Learns what other processes have committed.</summary>
    /// <param name="commits">The commits.</param>
    /// <returns>The newest commit.</returns>
    /// <exception cref="StateStoreException">The database has lost changes.</exception>
    public long Learn(CommitsTable commits)
    {
        long after = Version;
        Learn(commits.ReadFrom(after), after);
        return Version;
    }

    public void Learn(StateChanges changes, long after)
    {
        lock (_gate)
        {
            RequireNothingLost();
            if (changes.Number < after)
            {
                _lost = new LostChanges(changes.Number, after);
                RequireNothingLost();
            }

            if (!changes.IsComplete && changes.Number > _version)
            {
                _commits.Clear();
                _version = changes.Number;
                return;
            }

            foreach (StateCommit commit in changes.Commits)
            {
                if (commit.Number > _version)
                {
                    Add(new KnownCommit(commit, _announced is { } own && own.Commit.Number == commit.Number ? own : null));
                }
            }
        }
    }

    public bool IsStale(StateReads reads)
    {
        lock (_gate)
        {
            RequireNothingLost();
            if (reads.Version >= _version)
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
            if (isCommitted && announced!.Commit.Number > _version)
            {
                if (announced.Commit.Number > _version + 1)
                {
                    _commits.Clear();
                }

                Add(new KnownCommit(announced.Commit, announced));
            }
        }
    }

    public Task SyncAsync() => Task.CompletedTask;

    private void Add(KnownCommit commit)
    {
        _version = commit.Commit.Number;
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
            throw new StateStoreException(
                $"The database '{location}' ends with change {lost.Kept}, and change {lost.Logged} was answered: it was restored from a "
                    + "backup, or a server took over that did not have all changes. Nothing more is done with the store. Find the server "
                    + "that has them, or accept that they are lost.")
            {
                LostChanges = lost,
            };
        }
    }

    /// <summary>A commit.</summary>
    /// <param name="Commit">Its number, and what it has touched.</param>
    /// <param name="Own">What this process knows of it besides; null if it is of another one.</param>
    private sealed record KnownCommit(StateCommit Commit, OwnCommit? Own);
}
