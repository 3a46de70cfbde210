using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Gets the public key to wrap key material with, and the import token.</summary>
/// <example>
/// <code>
/// $import = Get-KmsParametersForImport $id -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_4096
/// </code>
/// <para>Gets the public key and the import token, which are valid for 24 hours.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsParametersForImport $id -WrappingAlgorithm RSA_AES_KEY_WRAP_SHA_256 -WrappingKeySpec RSA_3072 |
///     Protect-KmsKeyMaterial -KeyMaterial $bytes |
///     Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE
/// </code>
/// <para>Wraps and imports material in one pipeline.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsParametersForImport", HelpUri = HelpPages.Api + "GetParametersForImport.html")]
[OutputType(typeof(GetParametersForImportResponse))]
public sealed class GetKmsParametersForImportCommand : KeyQueryCmdlet<GetParametersForImportRequest, GetParametersForImportResponse>
{
    /// <summary>The algorithm that will wrap the material.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [NamesOf(typeof(AlgorithmSpec))]
    [ArgumentCompleter(typeof(EnumCompleter<AlgorithmSpec>))]
    public string? WrappingAlgorithm { get; set; }

    /// <summary>The type of the public key.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [NamesOf(typeof(WrappingKeySpec))]
    [ArgumentCompleter(typeof(EnumCompleter<WrappingKeySpec>))]
    public string? WrappingKeySpec { get; set; }

    private protected override GetParametersForImportRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        WrappingAlgorithm = WrappingAlgorithm,
        WrappingKeySpec = WrappingKeySpec,
    };
}
