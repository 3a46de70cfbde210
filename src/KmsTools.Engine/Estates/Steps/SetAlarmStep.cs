using KmsTools.Alarms;

namespace KmsTools.Estates;

/// <summary>Creates an alarm, or makes it watch something else.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Definition">What it watches.</param>
/// <param name="Watched">The key or custom key store whose ID the definition lacks, because it is yet to be created; else null.</param>
internal sealed record SetAlarmStep(string Name, AlarmDefinition Definition, EstatePart? Watched = null) : EstateStep
{
    /// <inheritdoc/>
    public override void Apply(EstateRun run) => run.Engine.Alarms.Set(Name, In(run.Ids), run.Caller);

    /// <summary>The definition with the ID of what is watched.</summary>
    public AlarmDefinition In(EstateIds ids) => Watched switch
    {
        null => Definition,
        EstateKeyStore store => Definition with { CustomKeyStoreId = ids[store] },
        _ => Definition with { KeyId = ids[Watched] },
    };
}
