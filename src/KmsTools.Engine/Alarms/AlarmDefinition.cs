namespace KmsTools.Alarms;

/// <summary>What an alarm watches: everything about it except its name, its action and its state.</summary>
/// <param name="Event">What is watched.</param>
/// <param name="Threshold">The threshold, see <see cref="Alarm.Threshold"/>.</param>
/// <param name="Region">The Region of the key or key store; null when all are watched.</param>
/// <param name="KeyId">The ID of the only key that is watched; null for all.</param>
/// <param name="CustomKeyStoreId">The ID of the only custom key store that is watched; null for all.</param>
internal sealed record AlarmDefinition(
    AlarmEvent Event,
    int Threshold,
    string? Region = null,
    string? KeyId = null,
    string? CustomKeyStoreId = null)
{
    /// <summary>What an alarm watches.</summary>
    public static AlarmDefinition Of(Alarm alarm) => new(alarm.Event, alarm.Threshold, alarm.Region, alarm.KeyId, alarm.CustomKeyStoreId);
}
