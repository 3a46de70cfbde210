using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>Gets how the store authorizes calls: the mode, the guardrails, and whether AWS managed keys can be used directly.</summary>
/// <example>
/// <code>
/// Get-KmsAuthorization
/// </code>
/// <para>Shows the mode and the number of guardrails.</para>
/// </example>
/// <example>
/// <code>
/// (Get-KmsAuthorization).ResourceControlPolicies
/// </code>
/// <para>Shows the resource control policies.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsAuthorization", HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType(typeof(AuthorizationSettings))]
public sealed class GetKmsAuthorizationCommand : KmsCmdlet
{
    private protected override void Process() => WriteObject(Engine.Authorization.Read());
}
