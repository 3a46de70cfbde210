using System.Management.Automation;
using System.Security.Cryptography;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Cryptography;

namespace KmsTools.Commands;

/// <summary>Key material that is wrapped and ready for Import-KmsKeyMaterial.</summary>
/// <param name="KeyId">The ARN of the key.</param>
/// <param name="ImportToken">The token of Get-KmsParametersForImport.</param>
/// <param name="EncryptedKeyMaterial">The wrapped material.</param>
public sealed record KmsWrappedKeyMaterial(string? KeyId, KmsBlob? ImportToken, KmsBlob EncryptedKeyMaterial);

/// <summary>Wraps key material for import, as OpenSSL or an HSM does in the AWS documentation.</summary>
/// <example>
/// <code>
/// $bytes = (New-KmsRandom 32).ToArray()
/// Get-KmsParametersForImport $id -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_4096 |
///     Protect-KmsKeyMaterial -KeyMaterial $bytes |
///     Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE
/// </code>
/// <para>Generates, wraps and imports key material.</para>
/// </example>
/// <example>
/// <code>
/// $wrapped = Protect-KmsKeyMaterial (Get-Item ./key.bin) -PublicKey $import.PublicKey -WrappingAlgorithm RSAES_OAEP_SHA_256
/// </code>
/// <para>Wraps the content of a file.</para>
/// </example>
[Cmdlet(VerbsSecurity.Protect, "KmsKeyMaterial", HelpUri = HelpPages.Guide + "importing-keys.html")]
[OutputType(typeof(KmsWrappedKeyMaterial))]
public sealed class ProtectKmsKeyMaterialCommand : KmsCmdlet
{
    /// <summary>The material: bytes, a stream, or a file (Get-Item). 32 bytes for a symmetric encryption key.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ByteArrayTransformation]
    [ValidateNotNullOrEmpty]
    public byte[] KeyMaterial { get; set; } = [];

    /// <summary>The public key of Get-KmsParametersForImport (SubjectPublicKeyInfo, DER).</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ByteArrayTransformation]
    [ValidateNotNullOrEmpty]
    public byte[] PublicKey { get; set; } = [];

    /// <summary>The algorithm that Get-KmsParametersForImport was asked for.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(EnumCompleter<AlgorithmSpec>))]
    public AlgorithmSpec WrappingAlgorithm { get; set; }

    /// <summary>The import token from the same Get-KmsParametersForImport call. It is passed on to Import-KmsKeyMaterial.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ByteArrayTransformation]
    public byte[]? ImportToken { get; set; }

    /// <summary>The key. It is passed on to Import-KmsKeyMaterial.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    private protected override object? Subject => KeyId;

    private protected override void Process()
    {
        if (FindMaxSize() is { } max && KeyMaterial.Length > max)
        {
            Refuse(KmsErrorRecord.MaterialTooLong(WrappingAlgorithm, KeyMaterial, max, KeyId));
        }

        WriteObject(new KmsWrappedKeyMaterial(
            KeyId,
            ImportToken is null ? null : new KmsBlob([.. ImportToken]),
            new KmsBlob(MaterialWrapping.Wrap(PublicKey, WrappingAlgorithm, KeyMaterial))));
    }

    private int? FindMaxSize()
    {
        try
        {
            return MaterialWrapping.MaxSize(PublicKey, WrappingAlgorithm);
        }
        catch (CryptographicException exception)
        {
            Refuse(KmsErrorRecord.NotWrappingKey(exception, PublicKey, KeyId));
            throw;
        }
    }
}
