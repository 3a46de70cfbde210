using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Gets information about custom key stores. Get-KmsHsm gets information about their HSMs.</summary>
/// <remarks>
/// CONNECTED means that the last connect succeeded and that the store was not disconnected since, not that the HSMs are available now.
/// FAILED has a ConnectionErrorCode. The password is never shown.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsCustomKeyStore
/// </code>
/// <para>Gets all custom key stores.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsCustomKeyStore -CustomKeyStoreName Lab -Select CustomKeyStores.ConnectionState
/// </code>
/// <para>Gets the connection state of a store.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsCustomKeyStore", HelpUri = HelpPages.Api + "DescribeCustomKeyStores.html")]
[OutputType(typeof(CustomKeyStoresListEntry))]
public sealed class GetKmsCustomKeyStoreCommand : PagedListCmdlet<DescribeCustomKeyStoresRequest, DescribeCustomKeyStoresResponse>
{
    /// <summary>Gets only the store with this ID.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [KeyStoreArgument]
    [ArgumentCompleter(typeof(CustomKeyStoreCompleter))]
    public string? CustomKeyStoreId { get; set; }

    /// <summary>Gets only the store with this name. Cannot be combined with the ID.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [KeyStoreNameArgument]
    [ArgumentCompleter(typeof(CustomKeyStoreCompleter))]
    public string? CustomKeyStoreName { get; set; }

    private protected override object? Subject => (object?)CustomKeyStoreId ?? CustomKeyStoreName;

    private protected override string? DefaultSelect => nameof(DescribeCustomKeyStoresResponse.CustomKeyStores);

    private protected override DescribeCustomKeyStoresRequest CreateRequest(string? marker) =>
        new() { CustomKeyStoreId = CustomKeyStoreId, CustomKeyStoreName = CustomKeyStoreName, Limit = Limit, Marker = marker };

    private protected override string? NextMarker(DescribeCustomKeyStoresResponse response) => response.NextMarker;
}
