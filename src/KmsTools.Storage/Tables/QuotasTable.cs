using System.Collections.Immutable;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>Quotas with values other than their defaults, and whether request quotas are turned on.</summary>
internal sealed class QuotasTable(Database database)
{
    private readonly Statement _read = database.Prepare(
        "SELECT NULL, request_quotas_enabled FROM store UNION ALL SELECT name, value FROM quotas");

    private readonly Statement _writeEnabled = database.Prepare("UPDATE store SET request_quotas_enabled = ?");
    private readonly Statement _clear = database.Prepare("DELETE FROM quotas");
    private readonly Statement _insert = database.Prepare("INSERT INTO quotas (name, value) VALUES (?, ?)");

    public QuotaLimits Read()
    {
        using Statement row = _read.Start();
        bool enabled = false;
        ImmutableDictionary<string, long>.Builder changed = ImmutableDictionary.CreateBuilder<string, long>();
        while (row.Step())
        {
            if (row.TextOrNull(0) is string name)
            {
                changed.Add(name, row.Number(1));
            }
            else
            {
                enabled = row.Flag(1);
            }
        }

        return new QuotaLimits { RequestQuotasEnabled = enabled, Changed = changed.ToImmutable() };
    }

    public void Write(QuotaLimits limits)
    {
        _writeEnabled.Start().Bind(limits.RequestQuotasEnabled).Run();
        _clear.Start().Run();
        foreach ((string name, long value) in limits.Changed)
        {
            _insert.Start().Bind(name).Bind(value).Run();
        }
    }
}
