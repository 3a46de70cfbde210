using KmsTools.Auditing;

namespace KmsTools;

// What audit events are about.
public static partial class Views
{
    // In the order in which they say most, for events without resources.
    private static readonly string[] Subjects =
    [
        "customKeyStoreId", "customKeyStoreName", "clusterId", "cloudHsmClusterId", "backupId", "aliasName", "keyId", "accessKeyId", "name",
        "tokenLabel", "tokenLabels", "userName", "roleName", "groupName", "mode", "seconds", "to",
    ];

    /// <summary>The caller: the user name, else the last part of the ARN, else the service that made the call.</summary>
    /// <param name="record">The event.</param>
    public static string Caller(AuditEvent record) => Text(
        Part(record, "userName") is { Length: > 0 } name ? name
        : Part(record, "arn") is { Length: > 0 } arn ? arn[(arn.LastIndexOfAny([':', '/']) + 1)..]
        : Part(record, "invokedBy"));

    /// <summary>
    /// What an event is about: keys by alias or ID, aliases, key stores, clusters. Preceded by the error code if the call was refused.
    /// </summary>
    /// <param name="record">The event.</param>
    public static string What(AuditEvent record)
    {
        string subject = record.Resources.Count > 0
            ? string.Join(", ", record.Resources.Select(Subject).Distinct())
            : Subjects.Select(name => record.RequestParameters?.GetValueOrDefault(name) ?? record.ResponseElements?.GetValueOrDefault(name))
                .FirstOrDefault(static value => value is not null)?.ToString() ?? "";
        return Text(
            string.IsNullOrEmpty(record.ErrorCode) ? subject
            : subject.Length == 0 ? record.ErrorCode
            : $"{record.ErrorCode}: {subject}");
    }

    /// <summary>The name and the ID of an event.</summary>
    /// <param name="record">The event, or null.</param>
    public static string EventReference(AuditEvent? record) => record is null ? "" : Text($"{record.EventName} {record.EventId}");

    /// <summary>The members of a part of an event, as <c>name = 'value'</c>; those of a member that has members itself in braces.</summary>
    /// <param name="members">The parameters, the response, the identity or other data of an event, or null.</param>
    public static string Members(IReadOnlyDictionary<string, object?>? members) => members is null ? "" : string.Join(
        ", ",
        members.Select(static member => $"{Text(member.Key)} = {Member(member.Value)}"));

    private static string Member(object? value) => value switch
    {
        IReadOnlyDictionary<string, object?> members => $"{{ {Members(members)} }}",
        object?[] items => $"[{string.Join(", ", items.Select(Member))}]",
        _ => $"'{Text(value?.ToString())}'",
    };

    private static string? Part(AuditEvent record, string name) => record.UserIdentity.GetValueOrDefault(name) as string;

    private static string Subject(string arn)
    {
        string keyId = KeyId(arn);
        return keyId == arn ? arn.Split(':', 6)[^1]
            : Alias(arn) is { Length: > 0 } alias ? alias
            : keyId;
    }
}
