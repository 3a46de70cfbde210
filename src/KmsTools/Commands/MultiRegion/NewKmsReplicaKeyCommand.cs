using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Identifiers;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Creates a replica of a multi-Region primary key in another Region, with the same key ID and key material.</summary>
/// <example>
/// <code>
/// New-KmsReplicaKey mrk-1234abcd12ab34cd56ef1234567890ab -ReplicaRegion eu-west-1
/// </code>
/// <para>Replicates a key.</para>
/// </example>
/// <example>
/// <code>
/// $replica = New-KmsKey -MultiRegion $true | New-KmsReplicaKey -ReplicaRegion eu-west-1 -Select ReplicaKeyMetadata
/// Get-KmsKey $replica.KeyId -Region eu-west-1
/// </code>
/// <para>Creates a multi-Region key and a replica, and gets the replica.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "KmsReplicaKey", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "ReplicateKey.html")]
[OutputType(typeof(ReplicateKeyResponse))]
public sealed class NewKmsReplicaKeyCommand : KeyChangeCmdlet<ReplicateKeyRequest, ReplicateKeyResponse>
{
    /// <summary>With $true, skips the check that the caller can still change the policy.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(bool))]
    public bool? BypassPolicyLockoutSafetyCheck { get; set; }

    /// <summary>
    /// The description of the replica, at most 8192 characters. That of the primary is not copied, unless the primary is piped.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [TextTransformation]
    public string? Description { get; set; }

    /// <summary>
    /// The key policy of the replica: JSON text, a file of it, a hashtable or an object. The default lets the account decide; that of the
    /// primary is not copied.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PolicyTransformation]
    public string? Policy { get; set; }

    /// <summary>The Region of the replica.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [TextTransformation("SystemName")]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string? ReplicaRegion { get; set; }

    /// <summary>Tags of the replica, such as @{ TagKey = 'Team'; TagValue = 'Orders' }. Those of the primary are not copied.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Tags")]
    [TagArgument]
    public Tag[]? Tag { get; set; }

    private protected override string Describe(string target) => $"Replicate {target} to {ReplicaRegion}";

    private protected override void NoteCommonParameters()
    {
        base.NoteCommonParameters();
        WarnOfOtherRegion(RegionName.TryParse(ReplicaRegion, out RegionName region) ? region : null);
    }

    private protected override ReplicateKeyRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        ReplicaRegion = ReplicaRegion,
        Policy = Policy,
        BypassPolicyLockoutSafetyCheck = BypassPolicyLockoutSafetyCheck,
        Description = Description,
        Tags = Tag,
    };
}
