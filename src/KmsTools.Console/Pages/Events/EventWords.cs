using KmsTools.Auditing;

namespace KmsTools.WebConsole.Pages.Events;

/// <summary>What events say, in short.</summary>
internal static class EventWords
{
    private static readonly string[] s_names = ["arn", "userName", "principalId", "accessKeyId", "invokedBy"];

    /// <summary>Who called: the name in the ARN, the service, or KMS itself.</summary>
    public static string Who(AuditEvent record) =>
        Text(record, "arn") is { } arn ? arn.Split(':', 6)[^1] : Text(record, "invokedBy") ?? Text(record, "type") ?? "-";

    /// <summary>Whether the caller's ARN, user name or unique ID contains a text, regardless of case.</summary>
    public static bool IsBy(AuditEvent record, string text) => s_names
        .Any(name => Text(record, name)?.Contains(text, StringComparison.OrdinalIgnoreCase) == true);

    private static string? Text(AuditEvent record, string name) => record.UserIdentity.GetValueOrDefault(name) as string;
}
