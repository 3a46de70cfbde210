using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>
/// Changes the primary Region of a multi-Region key: the replica there becomes the primary, and the old primary becomes a replica.
/// </summary>
/// <example>
/// <code>
/// Update-KmsPrimaryRegion mrk-1234abcd12ab34cd56ef1234567890ab -PrimaryRegion eu-west-1
/// </code>
/// <para>Makes the replica in Ireland the primary.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyList | Get-KmsKey | Where-Object { $_.MultiRegionConfiguration.MultiRegionKeyType -eq 'PRIMARY' } | Update-KmsPrimaryRegion `
///     -PrimaryRegion eu-west-1 -WhatIf
/// </code>
/// <para>Shows what moving every primary of this Region would do.</para>
/// </example>
[Cmdlet(VerbsData.Update, "KmsPrimaryRegion", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "UpdatePrimaryRegion.html")]
[OutputType("None")]
public sealed class UpdateKmsPrimaryRegionCommand : KeyChangeCmdlet<UpdatePrimaryRegionRequest, EmptyResponse>
{
    /// <summary>The Region of the new primary. It must have a replica.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [TextTransformation("SystemName")]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(RelatedRegionCompleter))]
    public string? PrimaryRegion { get; set; }

    private protected override string Describe(string target) => $"Make {PrimaryRegion} the primary Region of {target}";

    private protected override UpdatePrimaryRegionRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        PrimaryRegion = PrimaryRegion,
    };
}
