using System.Management.Automation;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Tells about custom key stores. Get-KmsHsm tells about their HSMs.</summary>
/// <remarks>
/// CONNECTED says that the last connect worked and that nobody disconnected since, not that the HSMs are well now. FAILED comes with a
/// ConnectionErrorCode. The password is never shown.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsCustomKeyStore
/// </code>
/// <para>Shows all custom key stores.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsCustomKeyStore -CustomKeyStoreName Lab -Select CustomKeyStores.ConnectionState
/// </code>
/// <para>Shows whether a store is connected.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsCustomKeyStore")]
[OutputType(typeof(CustomKeyStoresListEntry))]
public sealed class GetKmsCustomKeyStoreCommand : PagedListCmdlet<DescribeCustomKeyStoresRequest, DescribeCustomKeyStoresResponse>
{
    /// <summary>Only the store with this ID.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CustomKeyStoreCompleter))]
    public string? CustomKeyStoreId { get; set; }

    /// <summary>Only the store with this name. Not together with the ID.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CustomKeyStoreCompleter))]
    public string? CustomKeyStoreName { get; set; }

    private protected override object? Subject => (object?)CustomKeyStoreId ?? CustomKeyStoreName;

    private protected override string? DefaultSelect => nameof(DescribeCustomKeyStoresResponse.CustomKeyStores);

    private protected override DescribeCustomKeyStoresRequest CreateRequest(string? marker) =>
        new() { CustomKeyStoreId = CustomKeyStoreId, CustomKeyStoreName = CustomKeyStoreName, Limit = Limit, Marker = marker };

    private protected override string? NextMarker(DescribeCustomKeyStoresResponse response) => response.NextMarker;
}
