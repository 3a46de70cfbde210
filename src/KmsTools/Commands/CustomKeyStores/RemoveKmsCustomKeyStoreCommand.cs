using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Deletes a custom key store that is disconnected and has no keys. The HSMs keep what they hold.</summary>
/// <example>
/// <code>
/// Remove-KmsCustomKeyStore cks-1234567890abcdef0
/// </code>
/// <para>Deletes the store after asking for confirmation.</para>
/// </example>
/// <example>
/// <code>
/// Remove-KmsCustomKeyStore cks-1234567890abcdef0 -Force
/// </code>
/// <para>Deletes the store without asking for confirmation.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Remove, "KmsCustomKeyStore", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    HelpUri = HelpPages.Api + "DeleteCustomKeyStore.html")]
[OutputType("None")]
public sealed class RemoveKmsCustomKeyStoreCommand : KeyStoreChangeCmdlet<DeleteCustomKeyStoreRequest, EmptyResponse>
{
    private protected override string Describe(string target) => $"Remove custom key store {target}";

    private protected override DeleteCustomKeyStoreRequest CreateRequest() => new() { CustomKeyStoreId = CustomKeyStoreId };
}
