using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Removes an identity policy from a user, role or group.</summary>
/// <example>
/// <code>
/// Remove-KmsPrincipalPolicy alice -PolicyName decrypt
/// </code>
/// <para>Removes a policy after asking for confirmation.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsPrincipal -RoleName app* | Remove-KmsPrincipalPolicy -PolicyName old -Force
/// </code>
/// <para>Removes a policy from several roles without asking for confirmation.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Remove, "KmsPrincipalPolicy", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = UserSet,
    HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType("None")]
public sealed class RemoveKmsPrincipalPolicyCommand : PrincipalCmdlet
{
    /// <summary>The name of the policy.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PrincipalPolicyCompleter))]
    public string PolicyName { get; set; } = "";

    /// <summary>Skips the confirmation prompt. -WhatIf still prevents the call.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Process(PrincipalType type, string name)
    {
        if (ConfirmAction($"Remove the policy {PolicyName} from {Describe(type, name)}", Force))
        {
            Engine.Principals.RemovePolicy(type, name, PolicyName, LocalCaller);
        }
    }
}
