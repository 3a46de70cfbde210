using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Schedules the deletion of a KMS key after a waiting period of 7 to 30 days.</summary>
/// <remarks>
/// Until the waiting period is over the key cannot be used, and Stop-KmsKeyDeletion saves it. Then its material is destroyed and
/// nothing can bring back what it encrypted.
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
/// <para>Shows which key would be deleted, and what would be lost.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Register, "KmsKeyDeletion", SupportsShouldProcess = true)]
[Alias("Request-KMSKeyDeletion")]
[OutputType(typeof(ScheduleKeyDeletionResponse))]
public sealed class RegisterKmsKeyDeletionCommand : KeyChangeCmdlet<ScheduleKeyDeletionRequest, ScheduleKeyDeletionResponse>
{
    private const int DefaultWindow = 30;

    /// <summary>The waiting period in days, 7 to 30. The default is 30.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("PendingWindowInDays")]
    public int? PendingWindowInDay { get; set; }

    private protected override string Describe(string target) =>
        $"Schedule deletion of {target} in {PendingWindowInDay ?? DefaultWindow} days: everything it encrypted becomes unreadable for good";

    private protected override ScheduleKeyDeletionRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        PendingWindowInDays = PendingWindowInDay,
    };
}
