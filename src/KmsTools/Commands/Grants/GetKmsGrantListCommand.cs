using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Lists the grants of a KMS key.</summary>
/// <example>
/// <code>
/// Get-KmsGrantList 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Lists all grants of a key.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyList | Get-KmsGrantList -GranteePrincipal arn:aws:iam::111122223333:role/deploy | Revoke-KmsGrant -WhatIf
/// </code>
/// <para>Shows which grants a role has in this Region, and what it would lose without them.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsGrantList", HelpUri = HelpPages.Api + "ListGrants.html")]
[Alias("Get-KMSGrants")]
[OutputType(typeof(GrantListEntry))]
public sealed class GetKmsGrantListCommand : KeyListCmdlet<ListGrantsRequest, ListGrantsResponse>
{
    /// <summary>Gets only the grants to this principal.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PrincipalArgument]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    public string? GranteePrincipal { get; set; }

    /// <summary>Gets only the grants to this service.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    public string? GranteeServicePrincipal { get; set; }

    /// <summary>Gets only the grant with this ID.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [GrantArgument]
    [ArgumentCompleter(typeof(GrantCompleter))]
    public string? GrantId { get; set; }

    private protected override string? DefaultSelect => nameof(ListGrantsResponse.Grants);

    private protected override ListGrantsRequest CreateRequest(string? marker) =>
        new()
        {
            KeyId = KeyId,
            GrantId = GrantId,
            GranteePrincipal = GranteePrincipal,
            GranteeServicePrincipal = GranteeServicePrincipal,
            Limit = Limit,
            Marker = marker,
        };

    private protected override string? NextMarker(ListGrantsResponse response) => response.NextMarker;
}
