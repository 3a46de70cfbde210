using System.Collections.Immutable;
using System.Runtime.InteropServices;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>The materials of keys, by their position in the key.</summary>
internal sealed class KeyMaterialsTable : Table<StoredMaterial>
{
    private static readonly Columns<StoredMaterial> s_columns = new Columns<StoredMaterial>("key_materials", Read)
        .Key("region", static row => row.Region)
        .Key("key_id", static row => row.KeyId)
        .Key("position", static row => row.Position)
        .Changing("key_material_id", static row => row.Material.KeyMaterialId)
        .Changing("state", static row => row.Material.State)
        .Changing("creation_date", static row => row.Material.CreationDate)
        .Changing("import_state", static row => row.Material.ImportState)
        .Changing("expiration_model", static row => row.Material.ExpirationModel)
        .Changing("valid_to", static row => row.Material.ValidTo)
        .Changing("description", static row => row.Material.Description)
        .Changing("rotation_date", static row => row.Material.RotationDate)
        .Changing("rotation_type", static row => row.Material.RotationType)
        .Changing("wrapped", static row => row.Material.Wrapped);

    private static readonly Func<Row, KeyMaterial> s_readMaterial = s_columns.Authentic(ReadMaterial);
    private static readonly Func<Row, (int Position, KeyMaterial Material)> s_readPlaced =
        s_columns.Authentic(static row => (row.SmallNumber("position"), ReadMaterial(row)));

    private readonly Statement _list;
    private readonly Statement _findKeyOf;
    private readonly Statement _earliestExpiry;
    private readonly Statement _earliestExpiryOfKey;
    private readonly Statement _deleteFrom;
    private readonly Statement _listOfOthers;

    public KeyMaterialsTable(IDatabase database)
        : base(database, s_columns)
    {
        const string expiry =
            "SELECT region, key_id, valid_to FROM key_materials WHERE valid_to IS NOT NULL AND import_state = 'IMPORTED' ";
        _list = Select("WHERE region = @region AND key_id = @key_id ORDER BY position");
        _findKeyOf = Prepare(FindKeyOfSql);
        _earliestExpiry = Prepare(expiry + "ORDER BY valid_to LIMIT 1");
        _earliestExpiryOfKey = Prepare(expiry + "AND region = @region AND key_id = @key_id ORDER BY valid_to LIMIT 1");
        _deleteFrom = Prepare("DELETE FROM key_materials WHERE region = @region AND key_id = @key_id AND position >= @position");
        _listOfOthers = Select(
            """
            WHERE (region, key_id, position) > (@region, @key_id, @position) AND length(wrapped) > 0
                AND substr(wrapped, 1, length(@prefix)) <> @prefix
            ORDER BY region, key_id, position LIMIT @limit
            """);
    }

    internal static string FindKeyOfSql =>
        "SELECT region, key_id FROM key_materials WHERE key_material_id = @key_material_id AND length(wrapped) = 0 LIMIT 1";

    public (string Region, string KeyId, DateTimeOffset ValidTo)? FindEarliestExpiry(string? region, string? keyId) => keyId is null
        ? _earliestExpiry.Find(ReadExpiry)
        : _earliestExpiryOfKey.Find(ReadExpiry, ("region", region), ("key_id", keyId));

    public ImmutableArray<KeyMaterial> List(string region, string keyId) =>
        _list.List(s_readMaterial, ("region", region), ("key_id", keyId));

    /// <summary>
    /// All materials of a key. A MAC says nothing about a row that is gone: that the others have no gap before them, that one of them is
    /// current, and how many the row of the key has counted, does.
    /// </summary>
    /// <exception cref="StateStoreException">A material is missing, was changed, or is damaged.</exception>
    public ImmutableArray<KeyMaterial> ListOf(StoredKey stored)
    {
        Key key = stored.Key;
        ImmutableArray<(int Position, KeyMaterial Material)> rows =
            _list.List(s_readPlaced, ("region", key.Region), ("key_id", key.KeyId));
        ImmutableArray<KeyMaterial>.Builder materials = ImmutableArray.CreateBuilder<KeyMaterial>(rows.Length);
        bool hasCurrent = rows.IsEmpty && key.Origin == OriginType.EXTERNAL;
        foreach ((int position, KeyMaterial material) in rows)
        {
            if (position != materials.Count)
            {
                break;
            }

            hasCurrent |= material.State == KeyMaterialState.CURRENT;
            materials.Add(material);
        }

        return hasCurrent && materials.Count == rows.Length && materials.Count >= (stored.MaterialCount ?? 0)
            ? materials.MoveToImmutable()
            : throw Missing(key, materials.Count);
    }

    /// <summary>The key that has a material whose bytes are in an HSM.</summary>
    public (string Region, string KeyId)? FindKeyOf(string backingKeyId) => _findKeyOf.Find<(string, string)?>(
        static row => (row.Text("region"), row.Text("key_id")), ("key_material_id", backingKeyId));

    /// <summary>Materials whose bytes begin with something else, after one, or from the beginning.</summary>
    public ImmutableArray<StoredMaterial> ListOthers(byte[] prefix, StoredMaterial? after, int limit) => List(
        _listOfOthers,
        ("region", after?.Region ?? ""),
        ("key_id", after?.KeyId ?? ""),
        ("position", after?.Position ?? -1),
        ("prefix", prefix),
        ("limit", limit));

    /// <summary>Writes the differences from the stored rows.</summary>
    /// <param name="key">The key.</param>
    /// <param name="destroyed">The IDs of the materials whose bytes the key has no longer.</param>
    /// <returns>Whether wrapped bytes were overwritten or removed.</returns>
    public bool Save(Key key, out ImmutableArray<string> destroyed)
    {
        ImmutableArray<KeyMaterial> stored = List(key.Region, key.KeyId);
        destroyed =
        [
            .. stored.Where(former => !former.Wrapped.IsEmpty && key.FindMaterial(former.KeyMaterialId) is not { Wrapped.IsEmpty: false })
                .Select(static former => former.KeyMaterialId),
        ];
        bool erased = false;
        for (int position = 0; position < key.Materials.Length; position++)
        {
            KeyMaterial material = key.Materials[position];
            if (position >= stored.Length || !AreSame(stored[position], material))
            {
                Put(new StoredMaterial(key.Region, key.KeyId, position, material));
                erased |= position < stored.Length && !HaveSameBytes(stored[position], material);
            }
        }

        if (stored.Length > key.Materials.Length)
        {
            _deleteFrom.Run(("region", key.Region), ("key_id", key.KeyId), ("position", key.Materials.Length));
            erased = true;
        }

        return erased;
    }

    public void Insert(Key key)
    {
        for (int position = 0; position < key.Materials.Length; position++)
        {
            Insert(new StoredMaterial(key.Region, key.KeyId, position, key.Materials[position]));
        }
    }

    private static StateStoreException Missing(Key key, int position) => new(
        $"Key material of key {key.Arn} is missing: the store was changed outside of KmsTools, or is damaged. Verify the store, and "
            + "restore its folder from a backup.")
    {
        Damage = new StoreDamage("key_materials", $"region={key.Region}, key_id={key.KeyId}, position={position}")
        {
            IsMissing = true,
            KeyArn = key.Arn,
        },
    };

    private static (string Region, string KeyId, DateTimeOffset ValidTo)? ReadExpiry(Row row) =>
        (row.Text("region"), row.Text("key_id"), row.Time("valid_to"));

    private static StoredMaterial Read(Row row) =>
        new(row.Text("region"), row.Text("key_id"), row.SmallNumber("position"), ReadMaterial(row));

    private static KeyMaterial ReadMaterial(Row row) => new()
    {
        KeyMaterialId = row.Text("key_material_id"),
        State = row.Name<KeyMaterialState>("state"),
        CreationDate = row.Time("creation_date"),
        ImportState = row.Name<ImportState>("import_state"),
        ExpirationModel = row.NameOrNull<ExpirationModelType>("expiration_model"),
        ValidTo = row.TimeOrNull("valid_to"),
        Description = row.TextOrNull("description"),
        RotationDate = row.TimeOrNull("rotation_date"),
        RotationType = row.NameOrNull<RotationType>("rotation_type"),
        Wrapped = ImmutableCollectionsMarshal.AsImmutableArray(row.Bytes("wrapped")),
    };

    // An ImmutableArray equals another only if both are the same array.
    private static bool AreSame(KeyMaterial left, KeyMaterial right) =>
        HaveSameBytes(left, right) && left with { Wrapped = right.Wrapped } == right;

    private static bool HaveSameBytes(KeyMaterial left, KeyMaterial right) => left.Wrapped.AsSpan().SequenceEqual(right.Wrapped.AsSpan());
}
