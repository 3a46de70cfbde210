using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Replaces the key policy of a KMS key.</summary>
/// <remarks>
/// The new policy counts from the next call on. Test-KmsKeyAccess with -KeyPolicy shows what a policy allows before it is written, and
/// Reset-KmsKeyPolicy puts the default policy back on a key that nobody can use any more.
/// </remarks>
/// <example>
/// <code>
/// Write-KmsKeyPolicy 1234abcd-12ab-34cd-56ef-1234567890ab -Policy (Get-Content ./policy.json -Raw)
/// </code>
/// <para>Sets the policy from a file.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyPolicy $from | ForEach-Object { Write-KmsKeyPolicy $to -Policy $_ -WhatIf }
/// </code>
/// <para>Shows what copying a policy to another key would do.</para>
/// </example>
[Cmdlet(VerbsCommunications.Write, "KmsKeyPolicy", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "PutKeyPolicy.html")]
[OutputType("None")]
public sealed class WriteKmsKeyPolicyCommand : KeyChangeCmdlet<PutKeyPolicyRequest, EmptyResponse>
{
    /// <summary>With $true, skips the check that the caller can still change the policy.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(bool))]
    public bool? BypassPolicyLockoutSafetyCheck { get; set; }

    /// <summary>The key policy, at most 32768 bytes: JSON text, a file of it, a hashtable or an object.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [PolicyTransformation]
    [AllowNull]
    [AllowEmptyString]
    public string? Policy { get; set; }

    /// <summary>The name of the policy. The only one is default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(PolicyNameCompleter))]
    public string? PolicyName { get; set; }

    private protected override string Describe(string target) => $"Replace the key policy of {target}: the present policy is lost";

    private protected override PutKeyPolicyRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        PolicyName = PolicyName,
        Policy = Policy,
        BypassPolicyLockoutSafetyCheck = BypassPolicyLockoutSafetyCheck,
    };
}
