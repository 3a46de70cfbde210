using System.Collections;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Decrypts ciphertext and encrypts it again with another KMS key, without exposing the plaintext.</summary>
/// <example>
/// <code>
/// Invoke-KmsReEncrypt -CiphertextBlob $ciphertext -DestinationKeyId alias/new
/// </code>
/// <para>Encrypts a ciphertext with another key.</para>
/// </example>
/// <example>
/// <code>
/// Invoke-KmsReEncrypt -CiphertextBlob $ciphertext -SourceEncryptionContext @{ a = '1' } -DestinationKeyId alias/orders `
///     -DestinationEncryptionContext @{ a = '2' }
/// </code>
/// <para>Changes the encryption context of a ciphertext.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "KmsReEncrypt", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "ReEncrypt.html")]
[OutputType(typeof(ReEncryptResponse))]
public sealed class InvokeKmsReEncryptCommand : KmsChangeCmdlet<ReEncryptRequest, ReEncryptResponse>
{
    /// <summary>The ciphertext: bytes, a stream, or a file (Get-Item).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ByteArrayTransformation]
    public byte[]? CiphertextBlob { get; set; }

    /// <summary>The algorithm of the new ciphertext. The default is SYMMETRIC_DEFAULT.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(EncryptionAlgorithmSpec))]
    [ArgumentCompleter(typeof(AlgorithmCompleter<EncryptionAlgorithmSpec>))]
    public string? DestinationEncryptionAlgorithm { get; set; }

    /// <summary>The encryption context of the new ciphertext.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PairsArgument]
    public Hashtable? DestinationEncryptionContext { get; set; }

    /// <summary>The key to encrypt with: its ID, ARN, alias or alias ARN.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? DestinationKeyId { get; set; }

    /// <summary>
    /// With $true, the call is checked but not carried out: the error is DryRunOperationException if it would have succeeded.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(bool))]
    public bool? DryRun { get; set; }

    /// <summary>What a dry run leaves unchecked: IGNORE_CIPHERTEXT.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("DryRunModifiers")]
    [TextTransformation("Value")]
    [ArgumentCompleter(typeof(EnumCompleter<DryRunModifierType>))]
    public string[]? DryRunModifier { get; set; }

    /// <summary>Grant tokens.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("GrantTokens")]
    [GrantTokenArgument]
    public string[]? GrantToken { get; set; }

    /// <summary>The algorithm of the ciphertext. The default is SYMMETRIC_DEFAULT.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(EncryptionAlgorithmSpec))]
    [ArgumentCompleter(typeof(AlgorithmCompleter<EncryptionAlgorithmSpec>))]
    public string? SourceEncryptionAlgorithm { get; set; }

    /// <summary>The encryption context that was used to encrypt.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PairsArgument]
    public Hashtable? SourceEncryptionContext { get; set; }

    /// <summary>The key that encrypted the ciphertext: its ID, ARN, alias or alias ARN. Required only for asymmetric keys.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? SourceKeyId { get; set; }

    private protected override object? Subject => DestinationKeyId;

    private protected override string Describe(string target) => $"Encrypt the ciphertext again ({target})";

    private protected override ReEncryptRequest CreateRequest() => new()
    {
        CiphertextBlob = CiphertextBlob,
        SourceEncryptionContext = StringPairs.From(SourceEncryptionContext, nameof(SourceEncryptionContext)),
        SourceKeyId = SourceKeyId,
        DestinationKeyId = DestinationKeyId,
        DestinationEncryptionContext = StringPairs.From(DestinationEncryptionContext, nameof(DestinationEncryptionContext)),
        SourceEncryptionAlgorithm = SourceEncryptionAlgorithm,
        DestinationEncryptionAlgorithm = DestinationEncryptionAlgorithm,
        GrantTokens = GrantToken,
        DryRun = DryRun,
        DryRunModifiers = DryRunModifier,
    };
}
