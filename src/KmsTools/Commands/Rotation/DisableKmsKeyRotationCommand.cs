using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Turns off the automatic rotation of a KMS key.</summary>
/// <example>
/// <code>
/// Disable-KmsKeyRotation 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Turns off the rotation.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKey alias/orders | Disable-KmsKeyRotation
/// </code>
/// <para>Turns off the rotation of the key that an alias names.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Disable, "KmsKeyRotation", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "DisableKeyRotation.html")]
[OutputType("None")]
public sealed class DisableKmsKeyRotationCommand : KeyChangeCmdlet<DisableKeyRotationRequest, EmptyResponse>
{
    private protected override string Describe(string target) => $"Stop rotating {target} automatically";

    private protected override DisableKeyRotationRequest CreateRequest() => new() { KeyId = KeyId };
}
