using System.Collections.Immutable;
using KmsTools.Caching;
using KmsTools.KeyStates;
using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>
/// The state as calls that read see it in a store with a consistency delay: keys, aliases and grants as they were that long ago.
/// </summary>
internal sealed partial class SnapshotCache
{
    private volatile PastSnapshot? _past;

    /// <summary>The past values read since the last change, and since the last time that a change became visible.</summary>
    private sealed class PastSnapshot(long version, DateTimeOffset moment, DateTimeOffset? nextChange)
    {
        public DateTimeOffset Moment => moment;

        public BoundedCache<StateItem, object> Items { get; } = new(MaxItems);

        /// <summary>Whether its values are also those of another moment. Both a commit and the passage of time end that.</summary>
        public bool IsValid(long other, DateTimeOffset at) => other == version && at >= moment && !(at >= nextChange);
    }

    /// <summary>A view of the state as it was one consistency delay ago; the present one if the store has none.</summary>
    /// <param name="now">The current time of the store's clock.</param>
    /// <param name="usesMaterial">Whether the call uses key material, which exists only in the present.</param>
    public IStateReader OpenPast(DateTimeOffset now, bool usesMaterial)
    {
        Snapshot present = Read();
        if (present.Settings.ConsistencyDelay == 0)
        {
            return new View(this, present);
        }

        DateTimeOffset moment = now.AddSeconds(-present.Settings.ConsistencyDelay);
        PastSnapshot? past = _past;
        if (past is null || !past.IsValid(present.Version, moment))
        {
            using IStateReader reader = store.OpenReader(moment);
            past = new PastSnapshot(present.Version, moment, reader.ReadNextChange());
            _past = past;
        }

        return new PastView(this, present, past, usesMaterial);
    }

    private IStateReader OpenReader(DateTimeOffset moment) => store.OpenReader(moment);

    private sealed class PastView(SnapshotCache cache, Snapshot present, PastSnapshot past, bool usesMaterial) : View(cache, present)
    {
        private readonly SnapshotCache _cache = cache;
        private IStateReader? _past;

        private IStateReader Past
        {
            get
            {
                SeesUnsynced = true;
                return _past ??= _cache.OpenReader(past.Moment);
            }
        }

        public override Key? FindKey(string region, string keyId)
        {
            Key? key = FindPast(StateItem.Key(region, keyId), static (reader, item) => reader.FindKey(item.Region, item.Name));
            return key is not null && usesMaterial ? key.WithMaterialOf(base.FindKey(region, keyId)) : key;
        }

        public override KeyAlias? FindAlias(string region, string aliasName) =>
            FindPast(StateItem.Alias(region, aliasName), static (reader, item) => reader.FindAlias(item.Region, item.Name));

        public override ImmutableArray<string> ListKeyIds(string region, string? afterKeyId, int limit) =>
            Past.ListKeyIds(region, afterKeyId, limit);

        public override ImmutableArray<KeyAlias> ListAliases(string region, string? keyId, string? afterAliasName, int limit) =>
            Past.ListAliases(region, keyId, afterAliasName, limit);

        public override Grant? FindGrant(string region, string keyId, string grantId) => Past.FindGrant(region, keyId, grantId);

        public override ImmutableArray<Grant> ListGrants(
            string region, string keyId, GrantPrincipal? grantee, string? afterGrantId, int limit) =>
            Past.ListGrants(region, keyId, grantee, afterGrantId, limit);

        public override ImmutableArray<Grant> ListRetirableGrants(
            string region, GrantPrincipal retiring, string? afterGrantId, int limit) =>
            Past.ListRetirableGrants(region, retiring, afterGrantId, limit);

        public override void Dispose()
        {
            _past?.Dispose();
            base.Dispose();
        }

        private T? FindPast<T>(StateItem item, Func<IStateReader, StateItem, T?> read)
            where T : class
        {
            if (past.Items.TryGet(item, out object? known))
            {
                return (T)known;
            }

            T? value = read(Past, item);
            if (value is not null && !_cache.IsUnsynced(item))
            {
                past.Items.Put(item, value);
            }

            return value;
        }
    }
}
