using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Gets whether automatic rotation is on for a KMS key.</summary>
/// <example>
/// <code>
/// Get-KmsKeyRotationStatus 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Returns True or False.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyRotationStatus $id -Select '*'
/// </code>
/// <para>Gets the rotation period and the date of the next rotation as well.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsKeyRotationStatus", HelpUri = HelpPages.Api + "GetKeyRotationStatus.html")]
[OutputType(typeof(bool))]
public sealed class GetKmsKeyRotationStatusCommand : KeyQueryCmdlet<GetKeyRotationStatusRequest, GetKeyRotationStatusResponse>
{
    private protected override string? DefaultSelect => nameof(GetKeyRotationStatusResponse.KeyRotationEnabled);

    private protected override GetKeyRotationStatusRequest CreateRequest() => new() { KeyId = KeyId };
}
