using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>The single row about the generations of the root key.</summary>
internal sealed class RootKeyTable : Table<RootKeyState>
{
    // Everything in state.db that the root key wraps.
    internal static readonly (string Table, string Column)[] Wrapped =
    [
        ("store", "root_key_check"), ("store_secrets", "wrapped"), ("access_keys", "wrapped_secret"), ("hsm_clusters", "wrapped_pin"),
        ("custom_key_stores", "wrapped_password"), ("custom_key_stores", "other_wrapped_password"),
        ("custom_key_stores", "proxy_wrapped_secret"), ("hsm_backups", "wrapped_password"),
        ("held_materials", "wrapped"), ("key_materials", "wrapped"),
    ];

    private static readonly Columns<RootKeyState> s_columns = new Columns<RootKeyState>("root_key", Read)
        .Key("id", static _ => 1L)
        .Changing("generation", static state => state.Generation)
        .Changing("former_generation", static state => state.FormerGeneration)
        .Changing("creation_date", static state => state.CreationDate)
        .Changing("rotation_period", static state => state.RotationPeriodInDays);

    private readonly Statement _findOther;

    public RootKeyTable(IDatabase database)
        : base(database, s_columns) => _findOther = Prepare($"SELECT {string.Join(" OR ", Wrapped.Select(Exists))} AS is_left");

    public RootKeyState Read() => ReadOnlyRow();

    /// <summary>Adds the row of a store whose root key was never rotated.</summary>
    /// <param name="creationDate">When the store was created (UTC).</param>
    public void InsertFirst(DateTimeOffset creationDate) =>
        Insert(new RootKeyState { Generation = RootKey.FirstGeneration, CreationDate = creationDate });

    /// <summary>Whether anything in the store is wrapped that does not begin with this. Reads all of it.</summary>
    public bool HasOthers(byte[] prefix) => _findOther.Find(static row => row.Flag("is_left"), ("prefix", prefix));

    // The bytes of a material in an HSM, and of one that was not imported yet, are empty.
    private static string Exists((string Table, string Column) wrapped) =>
        $"""
        EXISTS (SELECT 1 FROM {wrapped.Table} WHERE length({wrapped.Column}) > 0
            AND substr({wrapped.Column}, 1, length(@prefix)) <> @prefix)
        """;

    private static RootKeyState Read(Row row) => new()
    {
        Generation = row.SmallNumber("generation"),
        FormerGeneration = row.SmallNumberOrNull("former_generation"),
        CreationDate = row.Time("creation_date"),
        RotationPeriodInDays = row.SmallNumberOrNull("rotation_period"),
    };
}
