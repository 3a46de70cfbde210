using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>
/// Cancels the scheduled deletion of a KMS key. The key is then disabled; without its imported material, it is pending import.
/// </summary>
/// <example>
/// <code>
/// Stop-KmsKeyDeletion 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Cancels the deletion and returns the ARN of the key.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyList | Get-KmsKey | Where-Object KeyState -eq PendingDeletion | Stop-KmsKeyDeletion | Enable-KmsKey
/// </code>
/// <para>Cancels the deletion of every key that is pending deletion, and enables the keys.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Stop, "KmsKeyDeletion", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "CancelKeyDeletion.html")]
[OutputType(typeof(string))]
public sealed class StopKmsKeyDeletionCommand : KeyChangeCmdlet<CancelKeyDeletionRequest, CancelKeyDeletionResponse>
{
    private protected override string? DefaultSelect => nameof(CancelKeyDeletionResponse.KeyId);

    private protected override string Describe(string target) => $"Cancel the deletion of {target}";

    private protected override CancelKeyDeletionRequest CreateRequest() => new() { KeyId = KeyId };
}
