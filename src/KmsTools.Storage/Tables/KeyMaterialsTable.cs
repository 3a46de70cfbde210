using System.Collections.Immutable;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>The materials of keys, by their position in the key.</summary>
internal sealed class KeyMaterialsTable(Database database)
{
    private readonly Statement _read = database.Prepare(
        """
        SELECT key_material_id, state, creation_date, import_state, expiration_model, valid_to, description, rotation_date,
               rotation_type, wrapped
        FROM key_materials WHERE region = ? AND key_id = ? ORDER BY position
        """);

    private readonly Statement _findKeyOf = database.Prepare(
        "SELECT region, key_id FROM key_materials WHERE key_material_id = ? AND wrapped = x'' LIMIT 1");

    private readonly Statement _earliestExpiry = database.Prepare(
        "SELECT region, key_id, valid_to FROM key_materials WHERE valid_to IS NOT NULL AND import_state = 'IMPORTED' ORDER BY valid_to "
            + "LIMIT 1");

    private readonly Statement _earliestExpiryOfKey = database.Prepare(
        """
        SELECT region, key_id, valid_to FROM key_materials
        WHERE region = ? AND key_id = ? AND valid_to IS NOT NULL AND import_state = 'IMPORTED' ORDER BY valid_to LIMIT 1
        """);

    private readonly Statement _put = database.Prepare(
        """
        INSERT INTO key_materials (
            region, key_id, position, key_material_id, state, creation_date, import_state, expiration_model, valid_to, description,
            rotation_date, rotation_type, wrapped)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET
            key_material_id = excluded.key_material_id, state = excluded.state, creation_date = excluded.creation_date,
            import_state = excluded.import_state, expiration_model = excluded.expiration_model, valid_to = excluded.valid_to,
            description = excluded.description, rotation_date = excluded.rotation_date, rotation_type = excluded.rotation_type,
            wrapped = excluded.wrapped
        """);

    private readonly Statement _deleteFrom = database.Prepare(
        "DELETE FROM key_materials WHERE region = ? AND key_id = ? AND position >= ?");

    public (string Region, string KeyId, DateTimeOffset ValidTo)? FindEarliestExpiry(string? region, string? keyId)
    {
        using Statement row = keyId is null ? _earliestExpiry.Start() : _earliestExpiryOfKey.Start().Bind(region).Bind(keyId);
        return row.Step() ? (row.Text(0), row.Text(1), row.Time(2)) : null;
    }

    public ImmutableArray<KeyMaterial> Read(string region, string keyId)
    {
        using Statement row = _read.Start().Bind(region).Bind(keyId);
        ImmutableArray<KeyMaterial>.Builder materials = ImmutableArray.CreateBuilder<KeyMaterial>(1);
        while (row.Step())
        {
            materials.Add(new KeyMaterial
            {
                KeyMaterialId = row.Text(0),
                State = row.Name<KeyMaterialState>(1),
                CreationDate = row.Time(2),
                ImportState = row.Name<ImportState>(3),
                ExpirationModel = row.NameOrNull<ExpirationModelType>(4),
                ValidTo = row.TimeOrNull(5),
                Description = row.TextOrNull(6),
                RotationDate = row.TimeOrNull(7),
                RotationType = row.NameOrNull<RotationType>(8),
                Wrapped = [.. row.Span(9)],
            });
        }

        return materials.DrainToImmutable();
    }

    /// <summary>The key that has a material whose bytes are in an HSM.</summary>
    public (string Region, string KeyId)? FindKeyOf(string backingKeyId)
    {
        using Statement row = _findKeyOf.Start().Bind(backingKeyId);
        return row.Step() ? (row.Text(0), row.Text(1)) : null;
    }

    /// <summary>Writes the differences from the stored rows.</summary>
    /// <returns>Whether wrapped bytes were overwritten or removed.</returns>
    public bool Save(Key key)
    {
        ImmutableArray<KeyMaterial> stored = Read(key.Region, key.KeyId);
        bool erased = false;
        for (int position = 0; position < key.Materials.Length; position++)
        {
            KeyMaterial material = key.Materials[position];
            if (position >= stored.Length || !AreSame(stored[position], material))
            {
                Put(key, position, material);
                erased |= position < stored.Length && !HaveSameBytes(stored[position], material);
            }
        }

        if (stored.Length > key.Materials.Length)
        {
            _deleteFrom.Start().Bind(key.Region).Bind(key.KeyId).Bind((long)key.Materials.Length).Run();
            erased = true;
        }

        return erased;
    }

    public void Insert(Key key)
    {
        for (int position = 0; position < key.Materials.Length; position++)
        {
            Put(key, position, key.Materials[position]);
        }
    }

    private void Put(Key key, int position, KeyMaterial material) => _put.Start()
        .Bind(key.Region)
        .Bind(key.KeyId)
        .Bind((long)position)
        .Bind(material.KeyMaterialId)
        .Bind(material.State)
        .Bind(material.CreationDate)
        .Bind(material.ImportState)
        .Bind(material.ExpirationModel)
        .Bind(material.ValidTo)
        .Bind(material.Description)
        .Bind(material.RotationDate)
        .Bind(material.RotationType)
        .Bind(material.Wrapped.AsSpan())
        .Run();

    // An ImmutableArray equals another only if both are the same array.
    private static bool AreSame(KeyMaterial left, KeyMaterial right) =>
        HaveSameBytes(left, right) && left with { Wrapped = right.Wrapped } == right;

    private static bool HaveSameBytes(KeyMaterial left, KeyMaterial right) => left.Wrapped.AsSpan().SequenceEqual(right.Wrapped.AsSpan());
}
