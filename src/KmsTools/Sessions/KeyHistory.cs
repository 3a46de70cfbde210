using System.Globalization;
using KmsTools.Auditing;

namespace KmsTools.Sessions;

/// <summary>Reads the life of a key from its events. A pure function of them.</summary>
internal static class KeyHistory
{
    public const string Deleted = "Deleted";

    // What distinguishes an event, by the names that CloudTrail gives its members.
    private static readonly string[] Details =
    [
        "aliasName", "pendingWindowInDays", "rotationType", "rotationPeriodInDays", "importType", "expirationModel", "validTo",
        "granteePrincipal", "granteeServicePrincipal", "grantId", "replicaRegion", "primaryRegion", "description", "tagKeys", "origin",
    ];

    /// <summary>The history of a key.</summary>
    /// <param name="keyId">The ID of the key.</param>
    /// <param name="events">Its events, oldest first.</param>
    /// <param name="withReads">Whether to include calls that only read, such as DescribeKey.</param>
    public static IEnumerable<KmsKeyHistoryEntry> Of(string keyId, IEnumerable<AuditEvent> events, bool withReads)
    {
        KmsKeyHistoryEntry? open = null;
        string? state = null;
        HashSet<string> pending = [];
        foreach (AuditEvent record in events.Where(record => withReads || !IsMereRead(record)))
        {
            state = record.ErrorCode is null ? StateAfter(record, state, pending) : Later(state);
            KmsKeyHistoryEntry entry = Entry(keyId, record, state);
            if (open is not null && IsRepetition(open, entry))
            {
                open = open with { Count = open.Count + 1, LastTime = entry.Time, AuditEvent = record };
                continue;
            }

            if (open is not null)
            {
                yield return open;
            }

            open = entry;
        }

        if (open is not null)
        {
            yield return open;
        }
    }

    private static KmsKeyHistoryEntry Entry(string keyId, AuditEvent record, string? state) => new()
    {
        KeyId = keyId,
        Time = record.EventTime,
        LastTime = record.EventTime,
        EventName = record.EventName,
        Count = 1,
        ErrorCode = record.ErrorCode,
        State = state,
        Details = record.ErrorCode is null ? Describe(record) : record.ErrorMessage ?? "",
        User = Views.Caller(record),
        AuditEvent = record,
    };

    // Changes are told one by one, even if they are equal.
    private static bool IsRepetition(KmsKeyHistoryEntry before, KmsKeyHistoryEntry entry) =>
        (entry.AuditEvent.ReadOnly || entry.ErrorCode is not null)
        && (before.EventName, before.ErrorCode, before.State, before.Details, before.User)
            == (entry.EventName, entry.ErrorCode, entry.State, entry.Details, entry.User);

    private static bool IsMereRead(AuditEvent record) => record.ReadOnly && record.EventName is var name
        && (name.StartsWith("Describe", StringComparison.Ordinal) || name.StartsWith("List", StringComparison.Ordinal)
            || name.StartsWith("Get", StringComparison.Ordinal));

    // Pending: the IDs of key materials that were imported beside another one, and await a rotation.
    private static string? StateAfter(AuditEvent record, string? before, HashSet<string> pending)
    {
        switch (record.EventName)
        {
            case "CreateKey" or "ReplicateKey" when before is null:
                return $"{(Value(record, "origin") == nameof(OriginType.EXTERNAL) ? KeyState.PendingImport : KeyState.Enabled)}";
            case "ImportKeyMaterial" when before != $"{KeyState.PendingImport}" && IsNew(record):
                pending.Add(MaterialId(record));
                return Later(before);
            case "EnableKey" or "ImportKeyMaterial":
                return $"{KeyState.Enabled}";
            case "DisableKey" or "CancelKeyDeletion":
                return $"{KeyState.Disabled}";
            case "ScheduleKeyDeletion":
                return record.ResponseElements?.GetValueOrDefault("keyState") as string;
            case "DeleteImportedKeyMaterial" or "DeleteExpiredKeyMaterial" when pending.Remove(MaterialId(record)):
                return Later(before);
            case "DeleteImportedKeyMaterial" or "DeleteExpiredKeyMaterial" when before != $"{KeyState.PendingDeletion}":
                return $"{KeyState.PendingImport}";
            case "RotateKey":
                pending.Clear();
                return Later(before);
            case "DeleteKey":
                return Deleted;
            default:
                return Later(before);
        }
    }

    // The last replica is deleted in another Region, and takes the primary to PendingDeletion without an event of the primary.
    private static string? Later(string? state) => state == $"{KeyState.PendingReplicaDeletion}" ? null : state;

    private static bool IsNew(AuditEvent record) => Value(record, "importType") == nameof(ImportType.NEW_KEY_MATERIAL);

    private static string MaterialId(AuditEvent record) =>
        (record.ResponseElements?.GetValueOrDefault("keyMaterialId") ?? record.ServiceEventDetails?.GetValueOrDefault("keyMaterialId"))
            as string ?? "";

    private static string Describe(AuditEvent record) => string.Join(
        ", ",
        Details.Select(name => (Name: name, Text: Value(record, name))).Where(static detail => !string.IsNullOrEmpty(detail.Text))
            .Select(static detail => detail.Name switch
            {
                "aliasName" or "rotationType" or "description" => detail.Text,
                "pendingWindowInDays" => $"in {detail.Text} days",
                "rotationPeriodInDays" => $"every {detail.Text} days",
                var name => $"{name} {detail.Text}",
            }));

    private static string? Value(AuditEvent record, string name) =>
        (record.RequestParameters?.GetValueOrDefault(name) ?? record.ServiceEventDetails?.GetValueOrDefault(name)) switch
        {
            null => null,
            object?[] values => string.Join(' ', values),
            var value => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
}
