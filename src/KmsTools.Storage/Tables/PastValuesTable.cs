using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>The kinds of items whose past values are kept.</summary>
internal enum PastKind
{
    /// <summary>A key with its materials; its name is the key ID.</summary>
    Key,

    /// <summary>An alias.</summary>
    Alias,

    /// <summary>A grant, in the scope of its key.</summary>
    Grant,
}

/// <summary>What an item was at a moment of the past.</summary>
/// <param name="Region">The Region of the item.</param>
/// <param name="Name">The name of the item.</param>
/// <param name="Json">The item; null if it did not exist.</param>
internal readonly record struct PastValue(string Region, string Name, string? Json);

/// <summary>
/// What items were before their latest changes. The value at a moment is the one before the first change after it; an item without such a
/// change is still what it was.
/// </summary>
internal sealed class PastValuesTable(Database database)
{
    private const string Columns = "SELECT region, name, value FROM past_values ";

    private readonly Statement _insert = database.Prepare(
        "INSERT INTO past_values (changed, kind, region, scope, name, value) VALUES (?, ?, ?, ?, ?, ?)");

    private readonly Statement _find = database.Prepare(
        Columns + "WHERE kind = ? AND region = ? AND scope = ? AND name = ? AND changed > ? ORDER BY seq LIMIT 1");

    private readonly Statement _list = database.Prepare(Columns + "WHERE kind = ? AND region = ? AND changed > ? ORDER BY seq");

    private readonly Statement _listOfScope = database.Prepare(
        Columns + "WHERE kind = ? AND region = ? AND scope = ? AND changed > ? ORDER BY seq");

    private readonly Statement _listOfName = database.Prepare(Columns + "WHERE kind = ? AND name = ? AND changed > ? ORDER BY seq");
    private readonly Statement _nextChange = database.Prepare("SELECT min(changed) FROM past_values WHERE changed > ?");
    private readonly Statement _deleteUntil = database.Prepare("DELETE FROM past_values WHERE changed <= ?");

    public void Insert(DateTimeOffset changed, PastKind kind, string region, string scope, string name, string? json) =>
        _insert.Start().Bind(changed).Bind(kind).Bind(region).Bind(scope).Bind(name).Bind(json).Run();

    /// <summary>The item at a moment, if it has changed since.</summary>
    public PastValue? Find(PastKind kind, string region, string scope, string name, DateTimeOffset moment)
    {
        using Statement row = _find.Start().Bind(kind).Bind(region).Bind(scope).Bind(name).Bind(moment);
        return row.Step() ? Read(row) : null;
    }

    /// <summary>The items of a Region, and of one scope if given, that have changed since a moment, as they were then.</summary>
    public IEnumerable<PastValue> List(PastKind kind, string region, string? scope, DateTimeOffset moment)
    {
        Statement rows = scope is null ? _list.Start().Bind(kind).Bind(region) : _listOfScope.Start().Bind(kind).Bind(region).Bind(scope);
        return ReadFirst(rows.Bind(moment), static value => value.Name);
    }

    /// <summary>The items with a name, in all Regions, that have changed since a moment, as they were then.</summary>
    public IEnumerable<PastValue> ListOfName(PastKind kind, string name, DateTimeOffset moment) =>
        ReadFirst(_listOfName.Start().Bind(kind).Bind(name).Bind(moment), static value => value.Region);

    /// <summary>The time of the first change after a moment, or null.</summary>
    public DateTimeOffset? FindNextChange(DateTimeOffset moment)
    {
        using Statement row = _nextChange.Start().Bind(moment);
        row.Step();
        return row.TimeOrNull(0);
    }

    /// <summary>Forgets the values before changes that were made until a moment.</summary>
    public void DeleteUntil(DateTimeOffset moment) => _deleteUntil.Start().Bind(moment).Run();

    private static PastValue Read(Statement row) => new(row.Text(0), row.Text(1), row.TextOrNull(2));

    private static List<PastValue> ReadFirst(Statement started, Func<PastValue, string> identity)
    {
        using Statement row = started;
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<PastValue> values = [];
        while (row.Step())
        {
            PastValue value = Read(row);
            if (seen.Add(identity(value)))
            {
                values.Add(value);
            }
        }

        return values;
    }
}
