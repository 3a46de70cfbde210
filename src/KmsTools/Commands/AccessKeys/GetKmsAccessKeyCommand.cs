using System.Collections.Immutable;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Gets the access keys of the store. Their secrets cannot be shown again.</summary>
/// <example>
/// <code>
/// Get-KmsAccessKey
/// </code>
/// <para>Gets all access keys.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsAccessKey | Where-Object PrincipalArn -Like '*:user/alice' | Remove-KmsAccessKey -Force
/// </code>
/// <para>Removes the access keys of a user.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsAccessKey", HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType(typeof(AccessKeyMetadata))]
public sealed class GetKmsAccessKeyCommand : KmsCmdlet
{
    /// <summary>Only the access key with this ID.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AccessKeyArgument]
    [ArgumentCompleter(typeof(AccessKeyCompleter))]
    public string? AccessKeyId { get; set; }

    private protected override object? Subject => AccessKeyId;

    private protected override void Process()
    {
        ImmutableArray<AccessKeyMetadata> keys = [.. Engine.AccessKeys.List()
            .Where(key => AccessKeyId is null || key.AccessKeyId == AccessKeyId)];
        if (keys.IsEmpty && AccessKeyId is not null)
        {
            Refuse(KmsErrorRecord.NoAccessKey(Engine, AccessKeyId));
        }

        WriteObject(keys, enumerateCollection: true);
    }
}
