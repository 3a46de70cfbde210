using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Adds an identity policy to a user, role or group, or replaces the one of that name.</summary>
/// <remarks>A key policy must leave permissions to the account before identity policies allow anything; a deny always counts.</remarks>
/// <example>
/// <code>
/// Add-KmsPrincipalPolicy alice -PolicyName decrypt -Policy (Get-Item ./decrypt.json)
/// </code>
/// <para>Adds a policy from a file.</para>
/// </example>
/// <example>
/// <code>
/// $statement = @{ Effect = 'Allow'; Action = 'kms:Sign', 'kms:GetPublicKey'; Resource = $key.Arn }
/// Add-KmsPrincipalPolicy -RoleName deploy -PolicyName sign -Policy @{ Version = '2012-10-17'; Statement = $statement }
/// </code>
/// <para>Lets a role sign with one key.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Add, "KmsPrincipalPolicy", SupportsShouldProcess = true, DefaultParameterSetName = UserSet,
    HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType(typeof(Principal))]
public sealed class AddKmsPrincipalPolicyCommand : PrincipalCmdlet
{
    /// <summary>The name of the policy: 1 to 128 letters, digits and +=,.@_-</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PrincipalPolicyCompleter))]
    public string PolicyName { get; set; } = "";

    /// <summary>The policy document: JSON text, a file, a hashtable or an object.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [PolicyTransformation]
    [ValidateNotNullOrEmpty]
    public string Policy { get; set; } = "";

    private protected override void Process(PrincipalType type, string name)
    {
        if (ConfirmAction($"Give {Describe(type, name)} the policy {PolicyName}"))
        {
            WriteObject(Engine.Principals.PutPolicy(type, name, PolicyName, Policy, LocalCaller));
        }
    }
}
