using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Lists the aliases of the account and Region, or of one KMS key.</summary>
/// <example>
/// <code>
/// Get-KmsAliasList
/// </code>
/// <para>Lists all aliases.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsAliasList 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Lists the aliases of one key.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsAliasList", HelpUri = HelpPages.Api + "ListAliases.html")]
[Alias("Get-KMSAliases")]
[OutputType(typeof(AliasListEntry))]
public sealed class GetKmsAliasListCommand : PagedListCmdlet<ListAliasesRequest, ListAliasesResponse>
{
    /// <summary>Gets only the aliases of this key: its ID or ARN.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    private protected override object? Subject => KeyId;

    private protected override string? DefaultSelect => nameof(ListAliasesResponse.Aliases);

    private protected override ListAliasesRequest CreateRequest(string? marker) => new() { KeyId = KeyId, Limit = Limit, Marker = marker };

    private protected override string? NextMarker(ListAliasesResponse response) => response.NextMarker;
}
