using System.Collections.Immutable;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>Keys without their materials.</summary>
internal sealed class KeysTable(Database database)
{
    private readonly Statement _find = database.Prepare(
        """
        SELECT account_id, creation_date, description, key_spec, key_usage, origin, key_manager, multi_region_key_type, custom_key_store_id,
               is_enabled, deletion_date, rotation_period, next_rotation_date, reserved_messages, tags, policy, pending_deletion_window
        FROM keys WHERE region = ? AND key_id = ?
        """);

    private readonly Statement _insert = database.Prepare(
        """
        INSERT INTO keys (
            account_id, creation_date, key_spec, key_usage, origin, key_manager, custom_key_store_id,
            multi_region_key_type, pending_deletion_window,
            description, is_enabled, deletion_date, rotation_period, next_rotation_date, reserved_messages, next_due, tags, policy,
            region, key_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _update = database.Prepare(
        """
        UPDATE keys SET
            multi_region_key_type = ?, pending_deletion_window = ?,
            description = ?, is_enabled = ?, deletion_date = ?, rotation_period = ?, next_rotation_date = ?, reserved_messages = ?,
            next_due = ?, tags = ?, policy = ?
        WHERE region = ? AND key_id = ?
        """);

    private readonly Statement _delete = database.Prepare("DELETE FROM keys WHERE region = ? AND key_id = ?");

    private readonly Statement _listIds = database.Prepare(
        "SELECT key_id FROM keys WHERE region = ? AND key_id > ? ORDER BY key_id LIMIT ?");

    private readonly Statement _listIdsInStore = database.Prepare(
        "SELECT key_id FROM keys WHERE custom_key_store_id = ? AND region = ? ORDER BY key_id");

    // A text that is escaped has a backslash.
    private readonly Statement _listWithPolicyText = database.Prepare(
        @"SELECT region, key_id FROM keys WHERE instr(policy, ?) > 0 OR instr(policy, '\') > 0 ORDER BY region, key_id");

    private readonly Statement _listRelated = database.Prepare(
        """
        SELECT region, multi_region_key_type FROM keys
        WHERE key_id = ? AND multi_region_key_type IS NOT NULL AND region <> ? ORDER BY region
        """);

    private readonly Statement _count = database.Prepare("SELECT count FROM key_counts WHERE scope = ?");

    private readonly Statement _listRegions = database.Prepare(
        """
        SELECT substr(scope, 8) FROM key_counts WHERE scope GLOB 'region *' AND count > 0
        UNION SELECT region FROM custom_key_stores ORDER BY 1
        """);

    private readonly Statement _earliestDue = database.Prepare("SELECT min(next_due) FROM keys WHERE next_due IS NOT NULL");

    private readonly Statement _findDue = database.Prepare(
        "SELECT region, key_id FROM keys WHERE next_due <= ? ORDER BY next_due LIMIT 1");

    public Key? Find(string region, string keyId)
    {
        using Statement row = _find.Start().Bind(region).Bind(keyId);
        if (!row.Step())
        {
            return null;
        }

        return new Key
        {
            Region = region,
            KeyId = keyId,
            AccountId = row.Text(0),
            CreationDate = row.Time(1),
            Description = row.Text(2),
            KeySpec = row.Name<KeySpec>(3),
            KeyUsage = row.Name<KeyUsageType>(4),
            Origin = row.Name<OriginType>(5),
            KeyManager = row.Name<KeyManagerType>(6),
            MultiRegionKeyType = row.NameOrNull<MultiRegionKeyType>(7),
            CustomKeyStoreId = row.TextOrNull(8),
            IsEnabled = row.Flag(9),
            DeletionDate = row.TimeOrNull(10),
            Rotation = row.IsNull(11) ? null : new RotationSchedule((int)row.Number(11), row.Time(12)),
            ReservedMessages = row.Number(13),
            Tags = JsonPairs.Read(row.Text(14), static (key, value) => new KeyTag(key!, value!)),
            Policy = row.Text(15),
            PendingDeletionWindowInDays = (int?)row.NumberOrNull(16),
        };
    }

    public void Insert(Key key) => BindChanging(
        _insert.Start()
            .Bind(key.AccountId)
            .Bind(key.CreationDate)
            .Bind(key.KeySpec)
            .Bind(key.KeyUsage)
            .Bind(key.Origin)
            .Bind(key.KeyManager)
            .Bind(key.CustomKeyStoreId),
        key).Run();

    public void Update(Key key) => BindChanging(_update.Start(), key).Run();

    public void Delete(Key key) => _delete.Start().Bind(key.Region).Bind(key.KeyId).Run();

    public ImmutableArray<string> ListIds(string region, string? afterKeyId, int limit) =>
        ReadIds(_listIds.Start().Bind(region).Bind(afterKeyId ?? "").Bind((long)limit));

    public ImmutableArray<string> ListIdsInStore(string region, string customKeyStoreId) =>
        ReadIds(_listIdsInStore.Start().Bind(customKeyStoreId).Bind(region));

    /// <summary>The keys whose policy contains a text, as it is or possibly escaped.</summary>
    public ImmutableArray<(string Region, string KeyId)> ListWithPolicyText(string text)
    {
        using Statement row = _listWithPolicyText.Start().Bind(text);
        ImmutableArray<(string Region, string KeyId)>.Builder keys = ImmutableArray.CreateBuilder<(string Region, string KeyId)>();
        while (row.Step())
        {
            keys.Add((row.Text(0), row.Text(1)));
        }

        return keys.DrainToImmutable();
    }

    /// <summary>The related multi-Region keys in other Regions.</summary>
    public ImmutableArray<RelatedKey> ListRelated(string region, string keyId)
    {
        using Statement row = _listRelated.Start().Bind(keyId).Bind(region);
        ImmutableArray<RelatedKey>.Builder related = ImmutableArray.CreateBuilder<RelatedKey>();
        while (row.Step())
        {
            related.Add(new RelatedKey(row.Text(0), row.Name<MultiRegionKeyType>(1)));
        }

        return related.DrainToImmutable();
    }

    /// <summary>The Regions with customer managed keys or custom key stores.</summary>
    public ImmutableArray<string> ListRegions()
    {
        using Statement row = _listRegions.Start();
        ImmutableArray<string>.Builder regions = ImmutableArray.CreateBuilder<string>();
        while (row.Step())
        {
            regions.Add(row.Text(0));
        }

        return regions.DrainToImmutable();
    }

    public long CountOfRegion(string region) => Count("region " + region);

    public long CountInStore(string customKeyStoreId) => Count("store " + customKeyStoreId);

    public DateTimeOffset? ReadEarliestDue()
    {
        using Statement row = _earliestDue.Start();
        row.Step();
        return row.TimeOrNull(0);
    }

    public (string Region, string KeyId)? FindDue(DateTimeOffset now)
    {
        using Statement row = _findDue.Start().Bind(now);
        return row.Step() ? (row.Text(0), row.Text(1)) : null;
    }

    private static ImmutableArray<string> ReadIds(Statement row)
    {
        using (row)
        {
            ImmutableArray<string>.Builder ids = ImmutableArray.CreateBuilder<string>();
            while (row.Step())
            {
                ids.Add(row.Text(0));
            }

            return ids.DrainToImmutable();
        }
    }

    private long Count(string scope)
    {
        using Statement row = _count.Start().Bind(scope);
        return row.Step() ? row.Number(0) : 0;
    }

    private static Statement BindChanging(Statement statement, Key key) => statement
        .Bind(key.MultiRegionKeyType)
        .Bind((long?)key.PendingDeletionWindowInDays)
        .Bind(key.Description)
        .Bind(key.IsEnabled)
        .Bind(key.DeletionDate)
        .Bind((long?)key.Rotation?.PeriodInDays)
        .Bind(key.Rotation?.NextRotationDate)
        .Bind(key.ReservedMessages)
        .Bind(key.NextDue)
        .Bind(JsonPairs.Write(key.Tags, static tag => (tag.TagKey, tag.TagValue)))
        .Bind(key.Policy)
        .Bind(key.Region)
        .Bind(key.KeyId);
}
