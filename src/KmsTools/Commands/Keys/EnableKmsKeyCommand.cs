using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Enables a disabled KMS key.</summary>
/// <example>
/// <code>
/// Enable-KmsKey 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Enables one key.</para>
/// </example>
/// <example>
/// <code>
/// Stop-KmsKeyDeletion $id | Enable-KmsKey
/// </code>
/// <para>Cancels the deletion of a key and enables it again.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Enable, "KmsKey", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "EnableKey.html")]
[OutputType("None")]
public sealed class EnableKmsKeyCommand : KeyChangeCmdlet<EnableKeyRequest, EmptyResponse>
{
    private protected override string Describe(string target) => $"Enable {target}";

    private protected override EnableKeyRequest CreateRequest() => new() { KeyId = KeyId };
}
