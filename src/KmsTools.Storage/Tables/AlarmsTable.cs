using System.Collections.Immutable;
using System.Globalization;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>Alarms.</summary>
internal sealed class AlarmsTable(Database database)
{
    private const string Columns =
        """
        SELECT name, event, region, key_id, custom_key_store_id, threshold, action, creation_date, state, state_reason, state_updated,
               audit_event, uses
        FROM alarms

        """;

    private readonly Statement _find = database.Prepare(Columns + "WHERE name = ?");
    private readonly Statement _list = database.Prepare(Columns + "ORDER BY name");

    private readonly Statement _put = database.Prepare(
        """
        INSERT OR REPLACE INTO alarms (
            name, event, region, key_id, custom_key_store_id, threshold, action, creation_date, state, state_reason, state_updated,
            audit_event, uses)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _delete = database.Prepare("DELETE FROM alarms WHERE name = ?");

    public Alarm? Find(string name)
    {
        using Statement row = _find.Start().Bind(name);
        return row.Step() ? Read(row) : null;
    }

    public ImmutableArray<Alarm> List()
    {
        using Statement row = _list.Start();
        ImmutableArray<Alarm>.Builder alarms = ImmutableArray.CreateBuilder<Alarm>();
        while (row.Step())
        {
            alarms.Add(Read(row));
        }

        return alarms.DrainToImmutable();
    }

    public void Put(Alarm alarm) => _put.Start()
        .Bind(alarm.Name)
        .Bind(alarm.Event)
        .Bind(alarm.Region)
        .Bind(alarm.KeyId)
        .Bind(alarm.CustomKeyStoreId)
        .Bind((long)alarm.Threshold)
        .Bind(alarm.Action)
        .Bind(alarm.CreationDate)
        .Bind(alarm.State)
        .Bind(alarm.StateReason)
        .Bind(alarm.StateUpdated)
        .Bind(alarm.AuditEventJson)
        .Bind(string.Join(' ', alarm.Uses.Select(static time => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture))))
        .Run();

    public void Delete(string name) => _delete.Start().Bind(name).Run();

    private static Alarm Read(Statement row) => new()
    {
        Name = row.Text(0),
        Event = row.Name<AlarmEvent>(1),
        Region = row.TextOrNull(2),
        KeyId = row.TextOrNull(3),
        CustomKeyStoreId = row.TextOrNull(4),
        Threshold = checked((int)row.Number(5)),
        Action = row.TextOrNull(6),
        CreationDate = row.Time(7),
        State = row.Name<AlarmState>(8),
        StateReason = row.Text(9),
        StateUpdated = row.Time(10),
        AuditEventJson = row.TextOrNull(11),
        Uses =
        [
            .. row.Text(12).Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(static time => DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(time, CultureInfo.InvariantCulture))),
        ],
    };
}
