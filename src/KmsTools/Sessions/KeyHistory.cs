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
        foreach (AuditEvent record in events.Where(record => withReads || !IsMereRead(record)))
        {
            state = record.ErrorCode is null ? StateAfter(record, state) : state;
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

    private static string? StateAfter(AuditEvent record, string? before) => record.EventName switch
    {
        "CreateKey" or "ReplicateKey" when before is null =>
            $"{(Value(record, "origin") == nameof(OriginType.EXTERNAL) ? KeyState.PendingImport : KeyState.Enabled)}",
        "EnableKey" or "ImportKeyMaterial" => $"{KeyState.Enabled}",
        "DisableKey" or "CancelKeyDeletion" => $"{KeyState.Disabled}",
        "ScheduleKeyDeletion" => $"{KeyState.PendingDeletion}",
        "DeleteImportedKeyMaterial" or "DeleteExpiredKeyMaterial" when before != $"{KeyState.PendingDeletion}" =>
            $"{KeyState.PendingImport}",
        "DeleteKey" => Deleted,
        _ => before,
    };

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
