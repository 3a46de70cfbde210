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
internal sealed class PastValuesTable : Table<PastValuesTable.ValueRow>
{
    private static readonly Columns<ValueRow> s_columns = new Columns<ValueRow>("past_values", Read)
        .Key("seq", static row => row.Sequence)
        .Fixed("changed", static row => row.Changed)
        .Fixed("kind", static row => row.Kind)
        .Fixed("region", static row => row.Value.Region)
        .Fixed("scope", static row => row.Scope)
        .Fixed("name", static row => row.Value.Name)
        .Fixed("value", static row => row.Value.Json);

    private static readonly Func<Row, PastValue> s_readValue = s_columns.Authentic(ReadValue);

    private readonly Statement _nextSequence;
    private readonly Statement _find;
    private readonly Statement _list;
    private readonly Statement _listOfScope;
    private readonly Statement _listOfName;
    private readonly Statement _nextChange;
    private readonly Statement _deleteUntil;

    public PastValuesTable(IDatabase database)
        : base(database, s_columns)
    {
        _nextSequence = Prepare("SELECT coalesce(max(seq), 0) + 1 AS seq FROM past_values");
        _find = Select(
            "WHERE kind = @kind AND region = @region AND scope = @scope AND name = @name AND changed > @moment ORDER BY seq LIMIT 1");
        _list = Select("WHERE kind = @kind AND region = @region AND changed > @moment ORDER BY seq");
        _listOfScope = Select("WHERE kind = @kind AND region = @region AND scope = @scope AND changed > @moment ORDER BY seq");
        _listOfName = Select("WHERE kind = @kind AND name = @name AND changed > @moment ORDER BY seq");
        _nextChange = Prepare("SELECT min(changed) AS changed FROM past_values WHERE changed > @moment");
        _deleteUntil = Prepare("DELETE FROM past_values WHERE changed <= @moment");
    }

    public void Insert(DateTimeOffset changed, PastKind kind, string region, string scope, string name, string? json) => Insert(
        new ValueRow(
            _nextSequence.Find(static row => row.Number("seq")), changed, kind, scope, new PastValue(region, name, json)));

    /// <summary>The item at a moment, if it has changed since.</summary>
    public PastValue? Find(PastKind kind, string region, string scope, string name, DateTimeOffset moment) => _find.Find<PastValue?>(
        static row => s_readValue(row), ("kind", kind), ("region", region), ("scope", scope), ("name", name), ("moment", moment));

    /// <summary>The items of a Region, and of one scope if given, that have changed since a moment, as they were then.</summary>
    public IEnumerable<PastValue> List(PastKind kind, string region, string? scope, DateTimeOffset moment)
    {
        ImmutableArray<PastValue> values = scope is null
            ? _list.List(s_readValue, ("kind", kind), ("region", region), ("moment", moment))
            : _listOfScope.List(s_readValue, ("kind", kind), ("region", region), ("scope", scope), ("moment", moment));
        return values.DistinctBy(static value => value.Name, StringComparer.Ordinal);
    }

    /// <summary>The items with a name, in all Regions, that have changed since a moment, as they were then.</summary>
    public IEnumerable<PastValue> ListOfName(PastKind kind, string name, DateTimeOffset moment) =>
        _listOfName.List(s_readValue, ("kind", kind), ("name", name), ("moment", moment))
            .DistinctBy(static value => value.Region, StringComparer.Ordinal);

    /// <summary>The time of the first change after a moment, or null.</summary>
    public DateTimeOffset? FindNextChange(DateTimeOffset moment) =>
        _nextChange.Find(static row => row.TimeOrNull("changed"), ("moment", moment));

    /// <summary>Forgets the values before changes that were made until a moment.</summary>
    public void DeleteUntil(DateTimeOffset moment) => _deleteUntil.Run(("moment", moment));

    private static ValueRow Read(Row row) =>
        new(row.Number("seq"), row.Time("changed"), row.Name<PastKind>("kind"), row.Text("scope"), ReadValue(row));

    private static PastValue ReadValue(Row row) => new(row.Text("region"), row.Text("name"), row.TextOrNull("value"));

    /// <summary>A past value, with when and of what it was.</summary>
    internal sealed record ValueRow(long Sequence, DateTimeOffset Changed, PastKind Kind, string Scope, PastValue Value);
}
