using System.Collections.Immutable;
using KmsTools.Storage.Sql;

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
internal sealed class PastValuesTable(IDatabase database)
{
    private const string Columns = "SELECT region, name, value FROM past_values ";

    private readonly Statement _insert = new(
        database,
        """
        INSERT INTO past_values (changed, kind, region, scope, name, value) VALUES (@changed, @kind, @region, @scope, @name, @value)
        """);

    private readonly Statement _find = new(
        database,
        Columns
            + """
            WHERE kind = @kind AND region = @region AND scope = @scope AND name = @name AND changed > @moment ORDER BY seq LIMIT 1
            """);

    private readonly Statement _list = new(
        database, Columns + "WHERE kind = @kind AND region = @region AND changed > @moment ORDER BY seq");

    private readonly Statement _listOfScope = new(
        database, Columns + "WHERE kind = @kind AND region = @region AND scope = @scope AND changed > @moment ORDER BY seq");

    private readonly Statement _listOfName = new(
        database, Columns + "WHERE kind = @kind AND name = @name AND changed > @moment ORDER BY seq");

    private readonly Statement _nextChange = new(
        database, "SELECT min(changed) AS changed FROM past_values WHERE changed > @moment");

    private readonly Statement _deleteUntil = new(database, "DELETE FROM past_values WHERE changed <= @moment");

    public void Insert(DateTimeOffset changed, PastKind kind, string region, string scope, string name, string? json) => _insert.Run(
        ("changed", changed), ("kind", kind), ("region", region), ("scope", scope), ("name", name), ("value", json));

    /// <summary>The item at a moment, if it has changed since.</summary>
    public PastValue? Find(PastKind kind, string region, string scope, string name, DateTimeOffset moment) => _find.Find<PastValue?>(
        static row => Read(row), ("kind", kind), ("region", region), ("scope", scope), ("name", name), ("moment", moment));

    /// <summary>The items of a Region, and of one scope if given, that have changed since a moment, as they were then.</summary>
    public IEnumerable<PastValue> List(PastKind kind, string region, string? scope, DateTimeOffset moment)
    {
        ImmutableArray<PastValue> values = scope is null
            ? _list.List(Read, ("kind", kind), ("region", region), ("moment", moment))
            : _listOfScope.List(Read, ("kind", kind), ("region", region), ("scope", scope), ("moment", moment));
        return values.DistinctBy(static value => value.Name, StringComparer.Ordinal);
    }

    /// <summary>The items with a name, in all Regions, that have changed since a moment, as they were then.</summary>
    public IEnumerable<PastValue> ListOfName(PastKind kind, string name, DateTimeOffset moment) =>
        _listOfName.List(Read, ("kind", kind), ("name", name), ("moment", moment))
            .DistinctBy(static value => value.Region, StringComparer.Ordinal);

    /// <summary>The time of the first change after a moment, or null.</summary>
    public DateTimeOffset? FindNextChange(DateTimeOffset moment) =>
        _nextChange.Find(static row => row.TimeOrNull("changed"), ("moment", moment));

    /// <summary>Forgets the values before changes that were made until a moment.</summary>
    public void DeleteUntil(DateTimeOffset moment) => _deleteUntil.Run(("moment", moment));

    private static PastValue Read(Row row) => new(row.Text("region"), row.Text("name"), row.TextOrNull("value"));
}
