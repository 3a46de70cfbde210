using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>Keys without their materials.</summary>
internal sealed class KeysTable : Table<Key>
{
    /// <summary>When the next of all keys is due.</summary>
    internal const string EarliestDueSql = "SELECT min(next_due) AS next_due FROM keys WHERE next_due IS NOT NULL";

    /// <summary>The key that has been due for longest. SQLite compiles a statement again whenever its LIMIT is bound.</summary>
    internal const string FindDueSql = ListDueSql + " LIMIT 1";

    /// <summary>All keys that are due.</summary>
    internal const string ListDueSql = "SELECT region, key_id FROM keys WHERE next_due <= @now ORDER BY next_due";

    /// <summary>The first keys that are due.</summary>
    internal const string ListDueOfAllSql = ListDueSql + " LIMIT @limit";

    /// <summary>
    /// The first keys of a Region that are due. An expression in place of the column: until PostgreSQL has statistics of a table that has
    /// grown, it would read the whole Region in the primary key.
    /// </summary>
    internal const string ListDueOfRegionSql =
        "SELECT region, key_id FROM keys WHERE next_due <= @now AND region || '' = @region ORDER BY next_due LIMIT @limit";

    // So many policies are searched by one statement: no answer of the database takes long, however many keys there are.
    private const int SearchedAtOnce = 20_000;

    private static readonly Columns<Key> s_columns = new Columns<Key>("keys", Read)
        .Key("region", static key => key.Region)
        .Key("key_id", static key => key.KeyId)
        .Fixed("account_id", static key => key.AccountId)
        .Fixed("creation_date", static key => key.CreationDate)
        .Fixed("key_spec", static key => key.KeySpec)
        .Fixed("key_usage", static key => key.KeyUsage)
        .Fixed("origin", static key => key.Origin)
        .Fixed("key_manager", static key => key.KeyManager)
        .Fixed("custom_key_store_id", static key => key.CustomKeyStoreId)
        .Fixed("xks_key_id", static key => key.XksKeyId)
        .Changing("multi_region_key_type", static key => key.MultiRegionKeyType)
        .Changing("pending_deletion_window", static key => key.PendingDeletionWindowInDays)
        .Changing("description", static key => key.Description)
        .Changing("is_enabled", static key => key.IsEnabled)
        .Changing("deletion_date", static key => key.DeletionDate)
        .Changing("is_deletion_held", static key => key.IsDeletionHeld)
        .Changing("rotation_period", static key => key.Rotation?.PeriodInDays)
        .Changing("next_rotation_date", static key => key.Rotation?.NextRotationDate)
        .Changing("is_rotation_held", static key => key.IsRotationHeld)
        .Changing("reserved_messages", static key => key.ReservedMessages)
        .Changing("next_due", static key => key.NextDue)
        .Changing("material_count", CountMaterials)
        .Changing("tags", static key => JsonPairs.Write(key.Tags, static tag => (tag.TagKey, tag.TagValue)))
        .Changing("policy", static key => key.Policy);

    private static readonly Func<Row, StoredKey> s_readStored = s_columns.Authentic(
        static row => new StoredKey(Read(row), row.SmallNumberOrNull("material_count")));

    private static readonly Func<Row, RelatedKey> s_readRelated = s_columns.Authentic(
        static row => new RelatedKey(row.Text("region"), row.Name<MultiRegionKeyType>("multi_region_key_type")));

    private static readonly Func<Row, HeldKey> s_readHeld = s_columns.Authentic(
        static row => new HeldKey(row.Text("region"), row.Text("key_id"), row.Time("deletion_date")));

    private readonly Statement _findStored;
    private readonly Statement _list;
    private readonly Statement _listIds;
    private readonly Statement _listIdsInStore;
    private readonly Statement _findOfExternalKey;
    private readonly Statement _listWithPolicyText;
    private readonly Statement _listAfter;
    private readonly Statement _listRelated;
    private readonly Statement _count;
    private readonly Statement _listRegions;
    private readonly Statement _earliestDue;
    private readonly Statement _findDue;
    private readonly Statement _listDue;
    private readonly Statement _listDueOfAll;
    private readonly Statement _listDueOfRegion;
    private readonly Statement _listHeld;
    private readonly Statement _listHeldRotations;

    public KeysTable(IDatabase database)
        : base(database, s_columns)
    {
        _findStored = Select("WHERE region = @region AND key_id = @key_id");
        _list = Prepare("SELECT region, key_id FROM keys ORDER BY region, key_id");
        _listIds = Prepare("SELECT key_id FROM keys WHERE region = @region AND key_id > @after ORDER BY key_id LIMIT @limit");
        _listIdsInStore = Prepare(
            "SELECT key_id FROM keys WHERE custom_key_store_id = @custom_key_store_id AND region = @region ORDER BY key_id");

        _findOfExternalKey = Prepare(
            "SELECT key_id FROM keys WHERE custom_key_store_id = @custom_key_store_id AND xks_key_id = @xks_key_id");

        // Replacing what is searched is a search that every database has. A text that is escaped has a backslash.
        _listWithPolicyText = Prepare(
            """
            SELECT region, key_id FROM keys
            WHERE (region, key_id) > (@region, @key_id) AND (region, key_id) <= (@last_region, @last_key_id)
                AND (replace(policy, @text, '') <> policy OR replace(policy, '\', '') <> policy)
            ORDER BY region, key_id
            """);
        _listAfter = Prepare(
            """
            SELECT region, key_id FROM keys WHERE (region, key_id) > (@region, @key_id) ORDER BY region, key_id LIMIT 1 OFFSET @skipped
            """);
        _listRelated = Select(
            "WHERE key_id = @key_id AND multi_region_key_type IS NOT NULL AND region <> @region ORDER BY region");
        _count = Prepare("SELECT count FROM key_counts WHERE scope = @scope", isHot: true);
        _listRegions = Prepare(
            """
            SELECT substr(scope, 8) AS region FROM key_counts WHERE scope LIKE 'region %' AND count > 0
            UNION SELECT region FROM custom_key_stores ORDER BY 1
            """);
        _earliestDue = Prepare(EarliestDueSql, isHot: true);
        _findDue = Prepare(FindDueSql, isHot: true);
        _listDue = Prepare(ListDueSql);
        _listDueOfAll = Prepare(ListDueOfAllSql);
        _listDueOfRegion = Prepare(ListDueOfRegionSql);
        _listHeld = Select("WHERE is_deletion_held = 1 ORDER BY deletion_date, region, key_id");
        _listHeldRotations = Prepare(
            "SELECT region, key_id FROM keys WHERE is_rotation_held = 1 ORDER BY next_rotation_date, region, key_id");
    }

    public StoredKey? Find(string region, string keyId) =>
        _findStored.Find(s_readStored, ("region", region), ("key_id", keyId));

    public void Delete(Key key) => DeleteByKey(("region", key.Region), ("key_id", key.KeyId));

    public ImmutableArray<(string Region, string KeyId)> List() =>
        _list.List(ReadBoth);

    public ImmutableArray<string> ListIds(string region, string? afterKeyId, int limit) =>
        _listIds.List(ReadId, ("region", region), ("after", afterKeyId ?? ""), ("limit", limit));

    public ImmutableArray<string> ListIdsInStore(string region, string customKeyStoreId) =>
        _listIdsInStore.List(ReadId, ("custom_key_store_id", customKeyStoreId), ("region", region));

    /// <summary>The key of an external key store that uses an external key.</summary>
    public string? FindIdOfExternalKey(string customKeyStoreId, string xksKeyId) =>
        _findOfExternalKey.Find(ReadId, ("custom_key_store_id", customKeyStoreId), ("xks_key_id", xksKeyId));

    /// <summary>The keys whose policy contains a text, as it is or possibly escaped.</summary>
    /// <param name="text">The text.</param>
    /// <param name="searchedAtOnce">The number of keys that one statement searches.</param>
    public ImmutableArray<(string Region, string KeyId)> ListWithPolicyText(string text, int searchedAtOnce = SearchedAtOnce)
    {
        ImmutableArray<(string Region, string KeyId)>.Builder found = ImmutableArray.CreateBuilder<(string Region, string KeyId)>();
        (string Region, string KeyId) after = ("", "");
        while (true)
        {
            (string Region, string KeyId)? last = _listAfter.Find<(string, string)?>(
                static row => ReadBoth(row), ("region", after.Region), ("key_id", after.KeyId), ("skipped", searchedAtOnce - 1));

            // The rest is less than a page; the names of all Regions come before the tilde.
            (string Region, string KeyId) end = last ?? ("~", "");
            found.AddRange(_listWithPolicyText.List(
                ReadBoth,
                ("region", after.Region),
                ("key_id", after.KeyId),
                ("last_region", end.Region),
                ("last_key_id", end.KeyId),
                ("text", text)));
            if (last is null)
            {
                return found.DrainToImmutable();
            }

            after = end;
        }
    }

    /// <summary>The related multi-Region keys in other Regions.</summary>
    public ImmutableArray<RelatedKey> ListRelated(string region, string keyId) =>
        _listRelated.List(s_readRelated, ("key_id", keyId), ("region", region));

    /// <summary>The Regions with customer managed keys or custom key stores.</summary>
    public ImmutableArray<string> ListRegions() => _listRegions.List(static row => row.Text("region"));

    public long CountOfRegion(string region) => Count("region " + region);

    public long CountInStore(string customKeyStoreId) => Count("store " + customKeyStoreId);

    public DateTimeOffset? ReadEarliestDue() => _earliestDue.Find(static row => row.TimeOrNull("next_due"));

    public (string Region, string KeyId)? FindDue(DateTimeOffset now) =>
        _findDue.Find<(string, string)?>(static row => ReadBoth(row), ("now", now));

    public ImmutableArray<(string Region, string KeyId)> ListDue(DateTimeOffset now) =>
        _listDue.List(ReadBoth, ("now", now));

    public ImmutableArray<(string Region, string KeyId)> ListDue(string? region, DateTimeOffset until, int limit) => region is null
        ? _listDueOfAll.List(static row => (row.Text("region"), row.Text("key_id")), ("now", until), ("limit", limit))
        : _listDueOfRegion.List(
            static row => (row.Text("region"), row.Text("key_id")), ("now", until), ("region", region), ("limit", limit));

    public ImmutableArray<HeldKey> ListHeld() => _listHeld.List(s_readHeld);

    public ImmutableArray<(string Region, string KeyId)> ListHeldRotations() =>
        _listHeldRotations.List(ReadBoth);

    private static Key Read(Row row) => new()
    {
        Region = row.Text("region"),
        KeyId = row.Text("key_id"),
        AccountId = row.Text("account_id"),
        CreationDate = row.Time("creation_date"),
        KeySpec = row.Name<KeySpec>("key_spec"),
        KeyUsage = row.Name<KeyUsageType>("key_usage"),
        Origin = row.Name<OriginType>("origin"),
        KeyManager = row.Name<KeyManagerType>("key_manager"),
        CustomKeyStoreId = row.TextOrNull("custom_key_store_id"),
        XksKeyId = row.TextOrNull("xks_key_id"),
        MultiRegionKeyType = row.NameOrNull<MultiRegionKeyType>("multi_region_key_type"),
        PendingDeletionWindowInDays = row.SmallNumberOrNull("pending_deletion_window"),
        Description = row.Text("description"),
        IsEnabled = row.Flag("is_enabled"),
        DeletionDate = row.TimeOrNull("deletion_date"),
        IsDeletionHeld = row.Flag("is_deletion_held"),
        Rotation = row.IsNull("rotation_period")
            ? null
            : new RotationSchedule(row.SmallNumber("rotation_period"), row.Time("next_rotation_date")),
        IsRotationHeld = row.Flag("is_rotation_held"),
        ReservedMessages = row.Number("reserved_messages"),
        Tags = JsonPairs.Read(row.Text("tags"), static (key, value) => new KeyTag(key!, value!)),
        Policy = row.Text("policy"),
    };

    // Every other key has a material that is current.
    private static object? CountMaterials(Key key) =>
        key is { Origin: OriginType.EXTERNAL, Materials.IsEmpty: false } ? key.Materials.Length : null;

    private static string ReadId(Row row) => row.Text("key_id");

    private static (string Region, string KeyId) ReadBoth(Row row) => (row.Text("region"), row.Text("key_id"));

    private long Count(string scope) => _count.Find(static row => row.Number("count"), ("scope", scope));
}

/// <summary>A key as its row has it.</summary>
/// <param name="Key">The key without its materials.</param>
/// <param name="MaterialCount">The number of its materials; null where it is not known.</param>
internal sealed record StoredKey(Key Key, int? MaterialCount);
