using System.Collections.Immutable;
using System.Runtime.InteropServices;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>Materials that have expired, whose bytes are kept until time is explained.</summary>
internal sealed class HeldMaterialsTable : Table<HeldMaterial>
{
    private static readonly Columns<HeldMaterial> s_columns = new Columns<HeldMaterial>("held_materials", Read)
        .Key("region", static held => held.Region)
        .Key("key_id", static held => held.KeyId)
        .Key("key_material_id", static held => held.Material.KeyMaterialId)
        .Fixed("due", static held => held.Due)
        .Fixed("state", static held => held.Material.State)
        .Fixed("creation_date", static held => held.Material.CreationDate)
        .Fixed("expiration_model", static held => held.Material.ExpirationModel)
        .Fixed("valid_to", static held => held.Material.ValidTo)
        .Fixed("description", static held => held.Material.Description)
        .Fixed("rotation_date", static held => held.Material.RotationDate)
        .Fixed("rotation_type", static held => held.Material.RotationType)
        .Changing("wrapped", static held => held.Material.Wrapped);

    private readonly Statement _list;

    public HeldMaterialsTable(IDatabase database)
        : base(database, s_columns) => _list = Select("ORDER BY due, region, key_id, key_material_id");

    public ImmutableArray<HeldMaterial> List() => List(_list);

    public void Delete(HeldMaterial held) => DeleteByKey(
        ("region", held.Region), ("key_id", held.KeyId), ("key_material_id", held.Material.KeyMaterialId));

    private static HeldMaterial Read(Row row) => new(
        row.Text("region"),
        row.Text("key_id"),
        row.Time("due"),
        new KeyMaterial
        {
            KeyMaterialId = row.Text("key_material_id"),
            State = row.Name<KeyMaterialState>("state"),
            CreationDate = row.Time("creation_date"),
            ExpirationModel = row.NameOrNull<ExpirationModelType>("expiration_model"),
            ValidTo = row.TimeOrNull("valid_to"),
            Description = row.TextOrNull("description"),
            RotationDate = row.TimeOrNull("rotation_date"),
            RotationType = row.NameOrNull<RotationType>("rotation_type"),
            Wrapped = ImmutableCollectionsMarshal.AsImmutableArray(row.Bytes("wrapped")),
        });
}
