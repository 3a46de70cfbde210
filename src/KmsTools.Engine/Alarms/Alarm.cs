using System.Collections.Immutable;

namespace KmsTools;

/// <summary>What an alarm watches.</summary>
public enum AlarmEvent
{
    /// <summary>
    /// Calls that are refused because a key is pending deletion, within five minutes. Corresponds to the alarm in "Creating an Amazon
    /// CloudWatch alarm to detect usage of a customer master key that is pending deletion" in the AWS KMS Developer Guide.
    /// </summary>
    KeyUsedWhilePendingDeletion,

    /// <summary>Imported key material that expires soon. Corresponds to the CloudWatch metric SecondsUntilKeyMaterialExpiration.</summary>
    KeyMaterialExpiring,

    /// <summary>Custom key stores that failed to connect (ConnectionState FAILED).</summary>
    KeyStoreFailed,

    /// <summary>
    /// Key material that remained in HSMs after its key was deleted. External key stores have none: KMS creates and deletes nothing in external
    /// key managers.
    /// </summary>
    OrphanedKeyMaterial,

    /// <summary>
    /// The certificate that the proxy of an external key store showed last expires soon. Corresponds to the CloudWatch metric
    /// XksProxyCertificateDaysToExpire.
    /// </summary>
    ProxyCertificateExpiring,
}

/// <summary>The state of an alarm, as in Amazon CloudWatch.</summary>
public enum AlarmState
{
    /// <summary>What is watched is below the threshold.</summary>
    OK,

    /// <summary>What is watched has reached the threshold.</summary>
    ALARM,
}

/// <summary>An alarm as the store keeps it, as immutable data.</summary>
public sealed record Alarm
{
    /// <summary>The name, unique in the store.</summary>
    public required string Name { get; init; }

    /// <summary>What is watched.</summary>
    public required AlarmEvent Event { get; init; }

    /// <summary>The Region of the key or key store; null when all are watched.</summary>
    public string? Region { get; init; }

    /// <summary>The only key that is watched; null for all.</summary>
    public string? KeyId { get; init; }

    /// <summary>The only custom key store that is watched; null for all.</summary>
    public string? CustomKeyStoreId { get; init; }

    /// <summary>The threshold: a number of calls, key stores or orphans; or days before the expiry of key material or of a certificate.</summary>
    public required int Threshold { get; init; }

    /// <summary>The action of the session that created the alarm: the text of a script block; null for nothing.</summary>
    public string? Action { get; init; }

    /// <summary>When the alarm was created (UTC).</summary>
    public required DateTimeOffset CreationDate { get; init; }

    /// <summary>The state.</summary>
    public AlarmState State { get; init; } = AlarmState.OK;

    /// <summary>Why it is in this state.</summary>
    public string StateReason { get; init; } = "";

    /// <summary>Since when it is in this state (UTC).</summary>
    public required DateTimeOffset StateUpdated { get; init; }

    /// <summary>The audit event that belongs to the state, as JSON; null when there is none.</summary>
    public string? AuditEventJson { get; init; }

    /// <summary>When keys were used while pending deletion: the newest times, no more than the threshold requires.</summary>
    public ImmutableArray<DateTimeOffset> Uses { get; init; } = [];
}
