using System.Collections.Immutable;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage;

/// <summary>
/// A view in which keys, aliases and grants are what they were at a moment: the present state, with the values before their first change
/// since then in place of those that have changed.
/// </summary>
internal sealed class PastReader(Pool<StateConnection> pool, StateConnection connection, DateTimeOffset moment)
    : StateReader(pool, connection)
{
    public override DateTimeOffset? ReadNextChange() => Connection.PastValues.FindNextChange(moment);

    public override Key? FindKey(string region, string keyId)
    {
        Key? key = Find(PastKind.Key, region, "", keyId, () => base.FindKey(region, keyId));
        return key is null ? null : key with
        {
            CustomKeyStore = key.CustomKeyStoreId is string storeId ? Connection.CustomKeyStores.Find(region, storeId) : null,
            RelatedKeys = key.MultiRegion ? ListRelated(region, keyId) : [],
        };
    }

    public override ImmutableArray<string> ListKeyIds(string region, string? afterKeyId, int limit) => List(
        Connection.PastValues.List(PastKind.Key, region, null, moment),
        static past => past.Name,
        count => base.ListKeyIds(region, afterKeyId, count),
        static keyId => keyId,
        static _ => true,
        afterKeyId,
        limit);

    public override KeyAlias? FindAlias(string region, string aliasName) =>
        Find(PastKind.Alias, region, "", aliasName, () => base.FindAlias(region, aliasName));

    public override ImmutableArray<KeyAlias> ListAliases(string region, string? keyId, string? afterAliasName, int limit) => List(
        Connection.PastValues.List(PastKind.Alias, region, "", moment),
        static past => PastJson.Read<KeyAlias>(past.Json!),
        count => base.ListAliases(region, keyId, afterAliasName, count),
        static alias => alias.AliasName,
        alias => keyId is null || alias.TargetKeyId == keyId,
        afterAliasName,
        limit);

    public override Grant? FindGrant(string region, string keyId, string grantId) =>
        Find(PastKind.Grant, region, keyId, grantId, () => base.FindGrant(region, keyId, grantId));

    public override ImmutableArray<Grant> ListGrants(
        string region, string keyId, GrantPrincipal? grantee, string? afterGrantId, int limit) => ListGrants(
        Connection.PastValues.List(PastKind.Grant, region, keyId, moment),
        count => base.ListGrants(region, keyId, grantee, afterGrantId, count),
        grant => grantee is null || grant.Grantee == grantee,
        afterGrantId,
        limit);

    public override ImmutableArray<Grant> ListRetirableGrants(
        string region, GrantPrincipal retiring, string? afterGrantId, int limit) => ListGrants(
        Connection.PastValues.List(PastKind.Grant, region, null, moment),
        count => base.ListRetirableGrants(region, retiring, afterGrantId, count),
        grant => grant.Retiring == retiring,
        afterGrantId,
        limit);

    private static ImmutableArray<Grant> ListGrants(
        IEnumerable<PastValue> past, Func<int, ImmutableArray<Grant>> present, Func<Grant, bool> isListed, string? after, int limit) =>
        List(past, static past => PastJson.Read<Grant>(past.Json!), present, static grant => grant.GrantId, isListed, after, limit);

    // What has changed is left out of the present items, so that many more of them are read.
    private static ImmutableArray<T> List<T>(
        IEnumerable<PastValue> past,
        Func<PastValue, T> read,
        Func<int, ImmutableArray<T>> present,
        Func<T, string> nameOf,
        Func<T, bool> isListed,
        string? after,
        int limit)
    {
        Dictionary<string, PastValue> changed = past
            .Where(value => after is null || string.CompareOrdinal(value.Name, after) > 0)
            .ToDictionary(static value => value.Name, StringComparer.Ordinal);
        ImmutableArray<T> unchanged = present((int)Math.Min(int.MaxValue, (long)limit + changed.Count));
        if (changed.Count == 0)
        {
            return unchanged;
        }

        IEnumerable<T> former = changed.Values.Where(static value => value.Json is not null).Select(read).Where(isListed);
        return
        [
            .. unchanged.Where(item => !changed.ContainsKey(nameOf(item)))
                .Concat(former)
                .OrderBy(nameOf, StringComparer.Ordinal)
                .Take(limit),
        ];
    }

    private T? Find<T>(PastKind kind, string region, string scope, string name, Func<T?> present)
        where T : class =>
        Connection.PastValues.Find(kind, region, scope, name, moment) is not { } past ? present()
        : past.Json is null ? null
        : PastJson.Read<T>(past.Json);

    private ImmutableArray<RelatedKey> ListRelated(string region, string keyId)
    {
        SortedDictionary<string, RelatedKey> related = new(StringComparer.Ordinal);
        foreach (RelatedKey key in Connection.Keys.ListRelated(region, keyId))
        {
            related[key.Region] = key;
        }

        foreach (PastValue past in Connection.PastValues.ListOfName(PastKind.Key, keyId, moment))
        {
            related.Remove(past.Region);
            if (past.Region != region && past.Json is not null
                && PastJson.Read<Key>(past.Json).MultiRegionKeyType is MultiRegionKeyType type)
            {
                related[past.Region] = new RelatedKey(past.Region, type);
            }
        }

        return [.. related.Values];
    }
}
