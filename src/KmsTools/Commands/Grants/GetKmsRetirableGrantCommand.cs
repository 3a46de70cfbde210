using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Lists the grants of the account and Region that a principal may retire.</summary>
/// <example>
/// <code>
/// Get-KmsRetirableGrant -RetiringPrincipal arn:aws:iam::111122223333:role/deploy
/// </code>
/// <para>Lists what a role may retire.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsRetirableGrant -RetiringPrincipal $role | ForEach-Object { Disable-KmsGrant -KeyId $_.KeyId -GrantId $_.GrantId }
/// </code>
/// <para>Retires all of them.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsRetirableGrant", DefaultParameterSetName = PrincipalSet, HelpUri = HelpPages.Api + "ListRetirableGrants.html")]
[OutputType(typeof(GrantListEntry))]
public sealed class GetKmsRetirableGrantCommand : PagedListCmdlet<ListRetirableGrantsRequest, ListRetirableGrantsResponse>
{
    private const string PrincipalSet = "Principal";
    private const string ServiceSet = "ServicePrincipal";

    /// <summary>The principal who may retire the grants.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PrincipalSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [PrincipalArgument]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    public string? RetiringPrincipal { get; set; }

    /// <summary>The service that may retire the grants, in place of -RetiringPrincipal.</summary>
    [Parameter(ParameterSetName = ServiceSet, ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    public string? RetiringServicePrincipal { get; set; }

    private protected override object? Subject => RetiringPrincipal ?? RetiringServicePrincipal;

    private protected override string? DefaultSelect => nameof(ListRetirableGrantsResponse.Grants);

    private protected override ListRetirableGrantsRequest CreateRequest(string? marker) =>
        new()
        {
            RetiringPrincipal = RetiringPrincipal,
            RetiringServicePrincipal = RetiringServicePrincipal,
            Limit = Limit,
            Marker = marker,
        };

    private protected override string? NextMarker(ListRetirableGrantsResponse response) => response.NextMarker;
}
