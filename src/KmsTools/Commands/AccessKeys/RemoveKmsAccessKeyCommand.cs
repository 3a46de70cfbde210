using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Removes an access key. Calls signed with it are refused from then on.</summary>
/// <example>
/// <code>
/// Remove-KmsAccessKey AKIAIOSFODNN7EXAMPLE
/// </code>
/// <para>Removes an access key after asking for confirmation.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsAccessKey | Remove-KmsAccessKey -Force
/// </code>
/// <para>Removes all access keys without asking for confirmation.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Remove, "KmsAccessKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType("None")]
public sealed class RemoveKmsAccessKeyCommand : KmsCmdlet
{
    /// <summary>The ID of the access key.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [AccessKeyArgument]
    [ArgumentCompleter(typeof(AccessKeyCompleter))]
    public string AccessKeyId { get; set; } = "";

    /// <summary>Skips the confirmation prompt. -WhatIf still prevents the call.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override object? Subject => AccessKeyId;

    private protected override void Process()
    {
        AccessKeyMetadata? key = Engine.AccessKeys.List().FirstOrDefault(key => key.AccessKeyId == AccessKeyId);
        if ((key is null || ConfirmAction($"Remove the access key {AccessKeyId} of {key.PrincipalArn}", Force))
            && !Engine.AccessKeys.Remove(AccessKeyId, LocalCaller))
        {
            Refuse(KmsErrorRecord.NoAccessKey(Engine, AccessKeyId));
        }
    }
}
