using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Derives a shared secret from a KMS key and the public key of another party.</summary>
/// <remarks>Do not use the secret as a key: derive a key from it, for example with HKDF.</remarks>
/// <example>
/// <code>
/// Get-KmsSharedSecret alias/agreement -KeyAgreementAlgorithm ECDH -PublicKey $theirs
/// </code>
/// <para>Derives a shared secret.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsPublicKey alias/partner | ForEach-Object { Get-KmsSharedSecret alias/agreement -KeyAgreementAlgorithm ECDH `
///     -PublicKey $_.PublicKey }
/// </code>
/// <para>Derives the shared secret of two KMS keys on the same curve.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsSharedSecret", HelpUri = HelpPages.Api + "DeriveSharedSecret.html")]
[OutputType(typeof(DeriveSharedSecretResponse))]
public sealed class GetKmsSharedSecretCommand : KeyQueryCmdlet<DeriveSharedSecretRequest, DeriveSharedSecretResponse>
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

    /// <summary>
    /// With $true, the call is checked but not carried out: the error is DryRunOperationException if it would have succeeded.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(bool))]
    public bool? DryRun { get; set; }

    /// <summary>Grant tokens.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("GrantTokens")]
    [GrantTokenArgument]
    public string[]? GrantToken { get; set; }

    /// <summary>The algorithm.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [NamesOf(typeof(KeyAgreementAlgorithmSpec))]
    [ArgumentCompleter(typeof(AlgorithmCompleter<KeyAgreementAlgorithmSpec>))]
    public string? KeyAgreementAlgorithm { get; set; }

    /// <summary>The public key of the other party, on the same curve (SubjectPublicKeyInfo, DER).</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [ByteArrayTransformation]
    public byte[]? PublicKey { get; set; }

    private protected override DeriveSharedSecretRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        KeyAgreementAlgorithm = KeyAgreementAlgorithm,
        PublicKey = PublicKey,
        GrantTokens = GrantToken,
        DryRun = DryRun,
        Recipient = RecipientParameters.ToRequest(Recipient_AttestationDocument, Recipient_KeyEncryptionAlgorithm),
    };
}
