using System.Globalization;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Schedules the deletion of a KMS key after a waiting period of 7 to 30 days.</summary>
/// <remarks>
/// During the waiting period the key cannot be used, and Stop-KmsKeyDeletion cancels the deletion. Afterwards its material is destroyed,
/// and data that was encrypted with the key cannot be recovered.
/// </remarks>
/// <example>
/// <code>
/// Register-KmsKeyDeletion 1234abcd-12ab-34cd-56ef-1234567890ab -PendingWindowInDay 7
/// </code>
/// <para>Schedules the deletion of a key in seven days.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKey alias/orders | Register-KmsKeyDeletion -WhatIf
/// </code>
/// <para>Shows which key would be deleted, what would be lost, its aliases, last use and grants, and what it is about to do.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Register, "KmsKeyDeletion", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "ScheduleKeyDeletion.html")]
[Alias("Request-KMSKeyDeletion")]
[OutputType(typeof(ScheduleKeyDeletionResponse))]
public sealed class RegisterKmsKeyDeletionCommand : KeyChangeCmdlet<ScheduleKeyDeletionRequest, ScheduleKeyDeletionResponse>
{
    private const int DefaultWindow = 30;

    /// <summary>The waiting period in days, 7 to 30. The default is 30.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("PendingWindowInDays")]
    [ArgumentCompleter(typeof(DayCountCompleter))]
    [ValueArgument(typeof(int))]
    public int? PendingWindowInDay { get; set; }

    private protected override string Describe(string target) =>
        $"Schedule deletion of {target} in {PendingWindowInDay ?? DefaultWindow} days{Stakes()}";

    // What is lost, and signs that the key is still needed: its last use, its grants, and what it is about to do.
    private string Stakes()
    {
        if (FindKey(CreateRequest()) is not { } key)
        {
            return "";
        }

        DeletionStakes found = Engine.FindDeletionStakes(key);
        IEnumerable<string> stakes =
        [
            found.LastUse is { } use
                ? string.Create(CultureInfo.InvariantCulture, $"last used {use.Time:yyyy-MM-dd HH:mm}Z ({use.EventName})")
                : "never used",
            .. found.GrantCount > 0 ? [found.GrantCount == 1 ? "1 grant" : $"{found.GrantCount} grants"] : Array.Empty<string>(),
            .. found.NextRotation is { } rotation ? [$"rotates on {Date(rotation)}"] : Array.Empty<string>(),
            .. found.Expiries.Select(static expiry => $"key material expires on {Date(expiry)}"),
            .. found.ReplicaRegions.IsEmpty ? Array.Empty<string>() : ["its replicas must be deleted first"],
        ];
        return $": {KeyLoss.OfKey(key)}; {string.Join(", ", stakes)}";
    }

    private static string Date(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private protected override ScheduleKeyDeletionRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        PendingWindowInDays = PendingWindowInDay,
    };
}
