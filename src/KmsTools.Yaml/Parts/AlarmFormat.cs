using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>An alarm.</summary>
internal sealed class AlarmFormat()
    : PartFormat<EstateAlarm>("alarm", "An alarm, identified by its name. It has no action: a file must not run code.")
{
    /// <summary>The one instance.</summary>
    public static readonly AlarmFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstateAlarm>> Members { get; } =
    [
        Member("name", new TextFormat(TextFormat.Any) { MinLength = 1, MaxLength = 255 }, static alarm => alarm.Name,
            static (alarm, name) => alarm with { Name = name },
            "The name, unique in the store.", isRequired: true),
        Member("event", Value.Name<AlarmEvent>(), static alarm => alarm.Event, static (alarm, watched) => alarm with { Event = watched },
            "The event to watch for.", isRequired: true),
        Member("region", Value.Region, static alarm => alarm.Region, static (alarm, region) => alarm with { Region = region },
            "The Region of the key or key store. The default is that of the store."),
        Member("key", Value.String, static alarm => alarm.Key, static (alarm, key) => alarm with { Key = key },
            "The key to watch: its ID or an alias. With KeyStoreFailed and ProxyCertificateExpiring, a key in the key store. "
            + "The default is all keys."),
        Member("keyStore", Value.Text, static alarm => alarm.KeyStore, static (alarm, store) => alarm with { KeyStore = store },
            "With KeyStoreFailed and ProxyCertificateExpiring, the name of the custom key store to watch. The default is all."),
        Member("threshold", new NumberFormat(1, 1000), static alarm => alarm.Threshold,
            static (alarm, threshold) => alarm with { Threshold = threshold },
            "The value at which the alarm goes off: refused calls within five minutes, failed key stores or orphaned key "
            + "materials (1 to 1000, default 1); for KeyMaterialExpiring and ProxyCertificateExpiring, days before the "
            + "expiration (1 to 365, default 30 and 10)."),
    ];

    /// <inheritdoc/>
    protected override (string First, string Second)? Either => ("key", "keyStore");

    /// <inheritdoc/>
    protected override string Rules => """
        {
          "dependentSchemas": {
            "keyStore": { "properties": { "event": { "enum": ["KeyStoreFailed", "ProxyCertificateExpiring"] } } },
            "region": { "anyOf": [{ "required": ["key"] }, { "required": ["keyStore"] }] }
          },
          "if": { "properties": { "event": { "enum": ["KeyMaterialExpiring", "ProxyCertificateExpiring"] } } },
          "then": { "properties": { "threshold": { "maximum": 365 } } }
        }
        """;

    /// <inheritdoc/>
    public override (string Reason, ErrorCause Cause)? WhyNot(string member) => member == "action"
        ? ("An action is code, and a file may come from another person.", ErrorCause.AlarmAction)
        : null;

    /// <inheritdoc/>
    protected override EstateAlarm Begin(SourcePosition position) => new()
    {
        Position = position,
        Name = new("", position),
        Event = new(default, position),
    };

    /// <inheritdoc/>
    protected override EstateAlarm Check(YamlObject given, EstateAlarm part)
    {
        if (given.Has("region") && !given.Has("key") && !given.Has("keyStore"))
        {
            given.Error(
                given.PositionOf("region"),
                "The region of an alarm is that of its key or keyStore. Without either, it watches all Regions.");
        }

        return part;
    }
}
