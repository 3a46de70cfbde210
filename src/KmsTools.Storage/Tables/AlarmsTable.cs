using System.Collections.Immutable;
using System.Globalization;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>Alarms.</summary>
internal sealed class AlarmsTable : Table<Alarm>
{
    private static readonly Columns<Alarm> s_columns = new Columns<Alarm>("alarms", Read)
        .Key("name", static alarm => alarm.Name)
        .Changing("event", static alarm => alarm.Event)
        .Changing("region", static alarm => alarm.Region)
        .Changing("key_id", static alarm => alarm.KeyId)
        .Changing("custom_key_store_id", static alarm => alarm.CustomKeyStoreId)
        .Changing("threshold", static alarm => alarm.Threshold)
        .Changing("action", static alarm => alarm.Action)
        .Changing("creation_date", static alarm => alarm.CreationDate)
        .Changing("state", static alarm => alarm.State)
        .Changing("state_reason", static alarm => alarm.StateReason)
        .Changing("state_updated", static alarm => alarm.StateUpdated)
        .Changing("audit_event", static alarm => alarm.AuditEventJson)
        .Changing("uses", static alarm => string.Join(' ', alarm.Uses.Select(WriteTime)));

    private readonly Statement _list;

    public AlarmsTable(IDatabase database)
        : base(database, s_columns) => _list = Select("ORDER BY name");

    public Alarm? Find(string name) => FindByKey(("name", name));

    public ImmutableArray<Alarm> List() => List(_list);

    public void Delete(string name) => DeleteByKey(("name", name));

    private static Alarm Read(Row row) => new()
    {
        Name = row.Text("name"),
        Event = row.Name<AlarmEvent>("event"),
        Region = row.TextOrNull("region"),
        KeyId = row.TextOrNull("key_id"),
        CustomKeyStoreId = row.TextOrNull("custom_key_store_id"),
        Threshold = row.SmallNumber("threshold"),
        Action = row.TextOrNull("action"),
        CreationDate = row.Time("creation_date"),
        State = row.Name<AlarmState>("state"),
        StateReason = row.Text("state_reason"),
        StateUpdated = row.Time("state_updated"),
        AuditEventJson = row.TextOrNull("audit_event"),
        Uses = [.. row.Text("uses").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(ReadTime)],
    };

    private static string WriteTime(DateTimeOffset time) => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    private static DateTimeOffset ReadTime(string milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(milliseconds, CultureInfo.InvariantCulture));
}
