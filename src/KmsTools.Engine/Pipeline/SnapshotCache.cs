using System.Collections.Immutable;
using KmsTools.Caching;
using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>
/// The state as calls that change none of it see it: values read before and still valid, because no process has touched them since. A check
/// of the version of the store shows that; when it has moved, what the commits since then have touched is forgotten.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="forgetMaterial">Called with the ID of a material whose bytes are destroyed; with null when all may be.</param>
internal sealed partial class SnapshotCache(IStateStore store, Action<string?> forgetMaterial)
{
    private const int MaxItems = 50_000;
    private const int MaxPolicies = 1000;

    private readonly BoundedCache<StateItem, object> _items = new(MaxItems);

    // Most keys of a store have the same policy, which would take as much memory as the rest of a key.
    private readonly BoundedCache<string, string> _policies = new(MaxPolicies);
    private readonly Lock _advancing = new();

    // Guards the moment at which a change takes effect: what was read before it is not remembered after it.
    private readonly Lock _remembering = new();
    private volatile Snapshot? _snapshot;

    /// <summary>What every call needs, at one version.</summary>
    private sealed record Snapshot(
        long Version,
        long CommitNumber,
        DateTimeOffset? EarliestDue,
        Settings Settings);

    /// <summary>What changes only by administration.</summary>
    private sealed record Settings(
        DateTimeOffset? SimulatedTime,
        StoreTime Time,
        RootKeyState RootKey,
        QuotaLimits Quotas,
        long AuthorizationRevision,
        int ConsistencyDelay);

    /// <summary>A view of the current state.</summary>
    public IStateReader Open() => new View(this, Read());

    /// <summary>
    /// A view of the state as this node knows it, without a look at a shared store: what was changed on other nodes may be missing. For a
    /// first look that is followed by a better one, or for a call that notes what it reads.
    /// </summary>
    /// <param name="call">The call, which finds out afterwards whether that was outdated; null for none.</param>
    public IStateReader OpenKnown(SharedCall? call = null)
    {
        Snapshot snapshot = ReadAt(store.ReadKnownVersion());
        return call is null ? new View(this, snapshot) : new KnownView(this, snapshot, call);
    }

    /// <summary>A key material as it is in the current state, or as this node knows it; null if that does not have its bytes.</summary>
    public KeyMaterial? FindBytes(Key key, string materialId, bool isNow = true)
    {
        using IStateReader state = isNow ? Open() : OpenKnown();
        return state.FindKey(key.Region, key.KeyId)?.FindMaterial(materialId) is { Wrapped.IsEmpty: false } material ? material : null;
    }

    private Snapshot Read() => ReadAt(store.ReadVersion());

    // The version is read before the values are: a commit in between makes values newer than the version indicates, never older.
    private Snapshot ReadAt(long version)
    {
        Snapshot? snapshot = _snapshot;
        return snapshot is not null && snapshot.Version >= version ? snapshot : Advance(version);
    }

    private Snapshot Advance(long version)
    {
        lock (_advancing)
        {
            Snapshot? former = _snapshot;
            if (former is not null && former.Version >= version)
            {
                return former;
            }

            RecentChanges changes = (former is null ? null : store.FindOwnChanges(former.Version, version))
                ?? ReadChanges(former?.CommitNumber);
            bool isEverything = changes.Touched.Contains(StateItem.Everything);
            Settings settings = former is null || isEverything || changes.Touched.Contains(StateItem.Settings)
                ? ReadSettings()
                : former.Settings;

            // What was read of the file may have been newer than the former version.
            long number = Math.Max(changes.Number, former?.CommitNumber ?? 0);
            Snapshot next = new(version, number, changes.EarliestDue, settings);
            lock (_remembering)
            {
                Forget(changes.Touched, isEverything);
                _snapshot = next;
            }

            return next;
        }
    }

    private RecentChanges ReadChanges(long? after)
    {
        using IStateReader reader = store.OpenReader();
        StateChanges changes = reader.ReadChanges(after);
        DateTimeOffset? earliestDue = reader.ReadEarliestDue();

        // What is not synced yet has not happened to those who know what was before. Asked last: it may have become synced since.
        long end = store.OldestUnsyncedCommit;
        return new RecentChanges(
            Math.Min(changes.Number, end - 1),
            !changes.IsComplete ? [StateItem.Everything]
                : [.. changes.Commits.TakeWhile(commit => commit.Number < end).SelectMany(static commit => commit.Touched)],
            earliestDue);
    }

    private Settings ReadSettings()
    {
        using IStateReader reader = store.OpenReader();
        Settings settings = new(
            reader.ReadSimulatedTime(),
            reader.ReadStoreTime(),
            reader.ReadRootKey(),
            reader.ReadQuotas(),
            reader.ReadAuthorizationRevision(),
            reader.ReadConsistencyDelay());
        if (store.IsUnsynced(StateItem.Settings))
        {
            store.WhenSyncedAsync().GetAwaiter().GetResult();
        }

        return settings;
    }

    private IStateReader OpenReader() => store.OpenReader();

    private bool IsUnsynced(StateItem item) => store.IsUnsynced(item);

    private void Forget(ImmutableArray<StateItem> touched, bool isEverything)
    {
        if (isEverything)
        {
            _items.Clear();
            forgetMaterial(null);
            return;
        }

        foreach (StateItem item in touched)
        {
            _items.Remove(item);
            if (item.Kind == StateItemKind.Material)
            {
                forgetMaterial(item.Name);
            }
        }
    }

    /// <summary>Remembers a value that was read after a snapshot was taken, unless something has changed since.</summary>
    private void Remember(StateItem item, object value, Snapshot readAfter)
    {
        lock (_remembering)
        {
            if (ReferenceEquals(_snapshot, readAfter))
            {
                _items.Put(item, value);
            }
        }
    }

    private Key ShareText(Key key)
    {
        if (_policies.TryGet(key.Policy, out string? policy))
        {
            return key with { Policy = policy };
        }

        _policies.Put(key.Policy, key.Policy);
        return key;
    }
}
