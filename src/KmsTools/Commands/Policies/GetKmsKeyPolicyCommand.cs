using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Gets the key policy of a KMS key.</summary>
/// <example>
/// <code>
/// Get-KmsKeyPolicy 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Gets the policy document.</para>
/// </example>
/// <example>
/// <code>
/// (Get-KmsKeyPolicy 1234abcd-12ab-34cd-56ef-1234567890ab | ConvertFrom-Json).Statement.Principal
/// </code>
/// <para>Gets the principals that the policy names.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsKeyPolicy", HelpUri = HelpPages.Api + "GetKeyPolicy.html")]
[OutputType(typeof(string))]
public sealed class GetKmsKeyPolicyCommand : KeyQueryCmdlet<GetKeyPolicyRequest, GetKeyPolicyResponse>
{
    /// <summary>The name of the policy. The only one is default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(PolicyNameCompleter))]
    public string? PolicyName { get; set; }

    private protected override string? DefaultSelect => nameof(GetKeyPolicyResponse.Policy);

    private protected override GetKeyPolicyRequest CreateRequest() => new() { KeyId = KeyId, PolicyName = PolicyName };
}
