using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Imports key material into a KMS key with origin EXTERNAL, or imports it again.</summary>
/// <example>
/// <code>
/// Import-KmsKeyMaterial $id -ImportToken $import.ImportToken -EncryptedKeyMaterial $wrapped -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE
/// </code>
/// <para>Imports material that was wrapped with another tool.</para>
/// </example>
/// <example>
/// <code>
/// $import | Protect-KmsKeyMaterial -KeyMaterial (Get-Item ./key.bin) | Import-KmsKeyMaterial -ValidTo (Get-Date).AddDays(30)
/// </code>
/// <para>Wraps the content of a file and imports it for 30 days.</para>
/// </example>
[Cmdlet(VerbsData.Import, "KmsKeyMaterial", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "ImportKeyMaterial.html")]
[OutputType(typeof(ImportKeyMaterialResponse))]
public sealed class ImportKmsKeyMaterialCommand : KeyChangeCmdlet<ImportKeyMaterialRequest, ImportKeyMaterialResponse>
{
    /// <summary>The material, wrapped with the public key of Get-KmsParametersForImport.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [ByteArrayTransformation]
    public byte[]? EncryptedKeyMaterial { get; set; }

    /// <summary>Whether the material expires. The default is KEY_MATERIAL_EXPIRES, which needs -ValidTo.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(ExpirationModelType))]
    [ArgumentCompleter(typeof(EnumCompleter<ExpirationModelType>))]
    public string? ExpirationModel { get; set; }

    /// <summary>The import token from the same Get-KmsParametersForImport call.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [ByteArrayTransformation]
    public byte[]? ImportToken { get; set; }

    /// <summary>Whether the material is new to the key, or known to it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(ImportType))]
    [ArgumentCompleter(typeof(EnumCompleter<ImportType>))]
    public string? ImportType { get; set; }

    /// <summary>A description of the material, at most 256 characters.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    public string? KeyMaterialDescription { get; set; }

    /// <summary>The ID that the material must have. Not with new material.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [KeyMaterialArgument]
    [ArgumentCompleter(typeof(KeyMaterialCompleter))]
    public string? KeyMaterialId { get; set; }

    /// <summary>When the material expires, at most 365 days from now. A time without an offset is local time.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [IsoDateTransformation]
    [ArgumentCompleter(typeof(MomentCompleter))]
    public DateTime? ValidTo { get; set; }

    private protected override string Describe(string target) => $"Import key material into {target}";

    private protected override ImportKeyMaterialRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        ImportToken = ImportToken,
        EncryptedKeyMaterial = EncryptedKeyMaterial,
        ExpirationModel = ExpirationModel,
        ImportType = ImportType,
        KeyMaterialDescription = KeyMaterialDescription,
        KeyMaterialId = KeyMaterialId,
        ValidTo = ValidTo,
    };
}
