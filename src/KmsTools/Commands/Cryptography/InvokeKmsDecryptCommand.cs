using System.Collections;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Decrypts ciphertext that was encrypted with a KMS key.</summary>
/// <example>
/// <code>
/// $answer = Invoke-KmsDecrypt -CiphertextBlob $ciphertext -EncryptionContext @{ order = '4711' }
/// $answer.Plaintext.ToText()
/// </code>
/// <para>Decrypts and reads the text.</para>
/// </example>
/// <example>
/// <code>
/// Invoke-KmsEncrypt alias/orders -Plaintext 'secret' | Invoke-KmsDecrypt
/// </code>
/// <para>Encrypts and decrypts again. The ciphertext identifies its key.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "KmsDecrypt", HelpUri = HelpPages.Api + "Decrypt.html")]
[OutputType(typeof(DecryptResponse))]
public sealed class InvokeKmsDecryptCommand : KmsOperationCmdlet<DecryptRequest, DecryptResponse>
{
    /// <summary>The attestation document of a Nitro enclave. Not supported by KmsTools.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ByteArrayTransformation]
    public byte[]? Recipient_AttestationDocument { get; set; }

    /// <summary>The algorithm to encrypt for the enclave with.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(KeyEncryptionMechanism))]
    [ArgumentCompleter(typeof(EnumCompleter<KeyEncryptionMechanism>))]
    public string? Recipient_KeyEncryptionAlgorithm { get; set; }

    /// <summary>The ciphertext: bytes, a stream, or a file (Get-Item).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ByteArrayTransformation]
    public byte[]? CiphertextBlob { get; set; }

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

    /// <summary>The algorithm. The default is SYMMETRIC_DEFAULT.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(EncryptionAlgorithmSpec))]
    [ArgumentCompleter(typeof(AlgorithmCompleter<EncryptionAlgorithmSpec>))]
    public string? EncryptionAlgorithm { get; set; }

    /// <summary>The encryption context that was used to encrypt.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PairsArgument]
    public Hashtable? EncryptionContext { get; set; }

    /// <summary>Grant tokens.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("GrantTokens")]
    [GrantTokenArgument]
    public string[]? GrantToken { get; set; }

    /// <summary>The key that encrypted the ciphertext: its ID, ARN, alias or alias ARN. Required only for asymmetric keys.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    /// <summary>The ARN of the key, which an object in the pipeline has beside the ID: it tells which of related keys with this ID is meant.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Arn")]
    [KeyArgument]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? KeyArn { get; set; }

    private protected override object? Subject => KeyId;

    private protected override DecryptRequest CreateRequest() => new()
    {
        CiphertextBlob = CiphertextBlob,
        DryRun = DryRun,
        DryRunModifiers = DryRunModifier,
        EncryptionAlgorithm = EncryptionAlgorithm,
        EncryptionContext = StringPairs.From(EncryptionContext, nameof(EncryptionContext)),
        GrantTokens = GrantToken,
        KeyId = NameKey(KeyId, KeyArn),
        Recipient = RecipientParameters.ToRequest(Recipient_AttestationDocument, Recipient_KeyEncryptionAlgorithm),
    };
}
