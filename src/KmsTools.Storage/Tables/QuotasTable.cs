using System.Collections.Immutable;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>Quotas with values other than their defaults.</summary>
internal sealed class QuotasTable : Table<QuotasTable.QuotaRow>
{
    private static readonly Columns<QuotaRow> s_columns = new Columns<QuotaRow>("quotas", Read)
        .Key("name", static quota => quota.Name)
        .Changing("value", static quota => quota.Value);

    private readonly Statement _list;
    private readonly Statement _clear;

    public QuotasTable(IDatabase database)
        : base(database, s_columns)
    {
        _list = Select("ORDER BY name");
        _clear = Prepare("DELETE FROM quotas");
    }

    public ImmutableDictionary<string, long> Read() =>
        List(_list).ToImmutableDictionary(static quota => quota.Name, static quota => quota.Value);

    public void Write(ImmutableDictionary<string, long> quotas)
    {
        _clear.Run();
        foreach ((string name, long value) in quotas)
        {
            Insert(new QuotaRow(name, value));
        }
    }

    private static QuotaRow Read(Row row) => new(row.Text("name"), row.Number("value"));

    /// <summary>A quota.</summary>
    internal sealed record QuotaRow(string Name, long Value);
}
