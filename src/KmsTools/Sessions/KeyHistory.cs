using System.Globalization;
using KmsTools.Auditing;

namespace KmsTools.Sessions;

/// <summary>Reads the life of a key from its events. A pure function of them.</summary>
internal static class KeyHistory
{
    public const string Deleted = "Deleted";

    // Also that of keys whose only material never has an ID.
    private const string First = "";

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
        Materials materials = new([], []);
        foreach (AuditEvent record in events.Where(record => withReads || !IsMereRead(record)))
        {
            state = record.ErrorCode is null ? StateAfter(record, state, materials) : Later(state);
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

    private static string? StateAfter(AuditEvent record, string? before, Materials materials)
    {
        switch (record.EventName)
        {
            case "CreateKey" or "ReplicateKey" when before is null && Value(record, "origin") == nameof(OriginType.EXTERNAL):
                materials.Missing.Add(First);
                return $"{KeyState.PendingImport}";
            case "CreateKey" or "ReplicateKey" when before is null:
                return $"{KeyState.Enabled}";
            case "ImportKeyMaterial" when IsNew(record) && !materials.Missing.Contains(First):
                materials.Pending.Add(MaterialId(record));
                return Later(before);
            case "ImportKeyMaterial":
                materials.Missing.Remove(First);
                materials.Missing.Remove(MaterialId(record));
                return before is not null && (before != $"{KeyState.PendingImport}" || materials.Missing.Count > 0)
                    ? Later(before)
                    : $"{KeyState.Enabled}";
            case "EnableKey":
                return $"{KeyState.Enabled}";
            case "CancelKeyDeletion" when materials.Missing.Count > 0:
                return $"{KeyState.PendingImport}";
            case "DisableKey" or "CancelKeyDeletion":
                return $"{KeyState.Disabled}";
            case "ScheduleKeyDeletion":
                return record.ResponseElements?.GetValueOrDefault("keyState") as string;
            case "DeleteImportedKeyMaterial" or "DeleteExpiredKeyMaterial" when materials.Pending.Remove(MaterialId(record)):
                return Later(before);
            case "DeleteImportedKeyMaterial" or "DeleteExpiredKeyMaterial":
                materials.Missing.Add(MaterialId(record));
                return before is nameof(KeyState.PendingDeletion) or nameof(KeyState.PendingReplicaDeletion)
                    ? Later(before)
                    : $"{KeyState.PendingImport}";
            case "RotateKey":
                materials.Pending.Clear();
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
        Details.Select(name => (Name: name, Text: Value(record, name)))
            .Where(static detail => !string.IsNullOrEmpty(detail.Text) && detail is not ("origin", nameof(OriginType.AWS_KMS)))
            .Select(static detail => detail.Name switch
            {
                "aliasName" or "rotationType" or "description" => detail.Text,
                "pendingWindowInDays" => $"in {detail.Text} days",
                "rotationPeriodInDays" => $"every {detail.Text} days",
                var name => $"{name} {detail.Text}",
            }));

    /// <summary>The imported materials of a key by their IDs, at some time.</summary>
    /// <param name="Pending">Those that were imported beside another one, and await a rotation.</param>
    /// <param name="Missing">Those without which the key cannot be used; <see cref="First"/> for the first, which has no ID yet.</param>
    private sealed record Materials(HashSet<string> Pending, HashSet<string> Missing);

    private static string? Value(AuditEvent record, string name) =>
        (record.RequestParameters?.GetValueOrDefault(name) ?? record.ServiceEventDetails?.GetValueOrDefault(name)) switch
        {
            null => null,
            object?[] values => string.Join(' ', values),
            var value => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
}
