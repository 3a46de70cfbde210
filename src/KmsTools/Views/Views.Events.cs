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
    public static string Caller(object? record)
    {
        ILookup<string?, string?> identity = ByName(new Shown(record)[nameof(AuditEvent.UserIdentity)]);
        return Text(
            identity["userName"].FirstOrDefault() is { Length: > 0 } name ? name
            : identity["arn"].FirstOrDefault() is { Length: > 0 } arn ? arn[(arn.LastIndexOfAny([':', '/']) + 1)..]
            : identity["invokedBy"].FirstOrDefault());
    }

    /// <summary>
    /// What an event is about: keys by alias or ID, aliases, key stores, clusters. Preceded by the error code if the call was refused.
    /// </summary>
    /// <param name="record">The event.</param>
    public static string What(object? record)
    {
        Shown shown = new(record);
        Shown[] resources = shown[nameof(AuditEvent.Resources)].Items;
        ILookup<string?, string?> request = ByName(shown[nameof(AuditEvent.RequestParameters)]);
        ILookup<string?, string?> response = ByName(shown[nameof(AuditEvent.ResponseElements)]);
        string subject = resources.Length > 0
            ? string.Join(", ", resources.Select(static resource => Subject(resource.Text ?? "")).Distinct())
            : Subjects.Select(name => request[name].FirstOrDefault() ?? response[name].FirstOrDefault())
                .FirstOrDefault(static value => value is not null) ?? "";
        string? code = shown[nameof(AuditEvent.ErrorCode)].Text;
        return Text(
            string.IsNullOrEmpty(code) ? subject
            : subject.Length == 0 ? code
            : $"{code}: {subject}");
    }

    /// <summary>The name and the ID of an event.</summary>
    /// <param name="record">The event, or null.</param>
    public static string EventReference(object? record)
    {
        Shown shown = new(record);
        return shown.IsNull ? "" : Text($"{shown[nameof(AuditEvent.EventName)].Text} {shown[nameof(AuditEvent.EventId)].Text}");
    }

    /// <summary>The members of a part of an event, as <c>name = 'value'</c>; those of a member that has members itself in braces.</summary>
    /// <param name="members">The parameters, the response, the identity or other data of an event, or null.</param>
    public static string Members(object? members) => Members(new Shown(members));

    private static string Members(Shown members) =>
        string.Join(", ", members.Pairs.Select(static member => $"{Text(member.Key.Text)} = {Member(member.Value)}"));

    private static string Member(Shown value) =>
        value.IsDictionary ? $"{{ {Members(value)} }}"
        : value.IsList ? $"[{string.Join(", ", value.Items.Select(Member))}]"
        : $"'{Text(value.Text)}'";

    private static ILookup<string?, string?> ByName(Shown members) =>
        members.Pairs.ToLookup(static pair => pair.Key.Text, static pair => pair.Value.Text);

    private static string Subject(string arn)
    {
        string keyId = KeyId(arn);
        return keyId == arn ? arn.Split(':', 6)[^1]
            : Alias(arn) is { Length: > 0 } alias ? alias
            : keyId;
    }
}
