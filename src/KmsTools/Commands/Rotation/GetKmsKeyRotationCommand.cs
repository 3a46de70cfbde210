using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Lists the rotations, or all key materials, of a KMS key.</summary>
/// <example>
/// <code>
/// Get-KmsKeyRotation 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Lists the rotations.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyRotation $id -IncludeKeyMaterial ALL_KEY_MATERIAL
/// </code>
/// <para>Lists every key material, including the first one and those that are pending rotation.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsKeyRotation", HelpUri = HelpPages.Api + "ListKeyRotations.html")]
[OutputType(typeof(RotationsListEntry))]
public sealed class GetKmsKeyRotationCommand : KmsListCmdlet<ListKeyRotationsRequest, ListKeyRotationsResponse>
{
    /// <summary>What to list: completed rotations (the default), or every material.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(IncludeKeyMaterial))]
    [ArgumentCompleter(typeof(EnumCompleter<IncludeKeyMaterial>))]
    public string? IncludeKeyMaterial { get; set; }

    /// <summary>The key: its ID or ARN.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    /// <summary>
    /// The number of entries that each call requests. All pages are returned in any case, unless -NoAutoIteration is given.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(int))]
    public int? Limit { get; set; }

    private protected override object? Subject => KeyId;

    private protected override string? DefaultSelect => nameof(ListKeyRotationsResponse.Rotations);

    private protected override ListKeyRotationsRequest CreateRequest(string? marker) =>
        new() { KeyId = KeyId, IncludeKeyMaterial = IncludeKeyMaterial, Limit = Limit, Marker = marker };

    private protected override string? NextMarker(ListKeyRotationsResponse response) => response.NextMarker;
}
