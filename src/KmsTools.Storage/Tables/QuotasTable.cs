using System.Collections.Immutable;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>Quotas with values other than their defaults, and whether request quotas are turned on.</summary>
internal sealed class QuotasTable(IDatabase database)
{
    private readonly Statement _read = new(
        database, "SELECT NULL AS name, request_quotas_enabled AS value FROM store UNION ALL SELECT name, value FROM quotas");

    private readonly Statement _writeEnabled = new(database, "UPDATE store SET request_quotas_enabled = @enabled");
    private readonly Statement _clear = new(database, "DELETE FROM quotas");
    private readonly Statement _insert = new(database, "INSERT INTO quotas (name, value) VALUES (@name, @value)");

    public QuotaLimits Read()
    {
        ImmutableArray<(string? Name, long Value)> rows = _read.List(static row => (row.TextOrNull("name"), row.Number("value")));
        return new QuotaLimits
        {
            RequestQuotasEnabled = rows.Any(static row => row is { Name: null, Value: not 0 }),
            Changed = rows.Where(static row => row.Name is not null)
                .ToImmutableDictionary(static row => row.Name!, static row => row.Value),
        };
    }

    public void Write(QuotaLimits limits)
    {
        _writeEnabled.Run(("enabled", limits.RequestQuotasEnabled));
        _clear.Run();
        foreach ((string name, long value) in limits.Changed)
        {
            _insert.Run(("name", name), ("value", value));
        }
    }
}
