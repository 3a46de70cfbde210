using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Derives the secret that a KMS key shares with the public key of another party.</summary>
/// <remarks>
/// The secret is not yet fit as a key: derive one from it, with HKDF for instance.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsSharedSecret alias/agreement -KeyAgreementAlgorithm ECDH -PublicKey $theirs
/// </code>
/// <para>Derives a shared secret.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsPublicKey alias/partner | ForEach-Object { Get-KmsSharedSecret alias/agreement -KeyAgreementAlgorithm ECDH -PublicKey $_.PublicKey }
/// </code>
/// <para>Derives the secret that two KMS keys on the same curve share.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsSharedSecret")]
[OutputType(typeof(DeriveSharedSecretResponse))]
public sealed class GetKmsSharedSecretCommand : KeyQueryCmdlet<DeriveSharedSecretRequest, DeriveSharedSecretResponse>
{
    /// <summary>The attestation document of a Nitro enclave. Not supported by a local KMS.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ByteArrayTransformation]
    public byte[]? Recipient_AttestationDocument { get; set; }

    /// <summary>How to encrypt to the enclave.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(KeyEncryptionMechanism))]
    [ArgumentCompleter(typeof(EnumCompleter<KeyEncryptionMechanism>))]
    public string? Recipient_KeyEncryptionAlgorithm { get; set; }

    /// <summary>With $true, everything is checked and nothing is done: the answer is DryRunOperationException when the call would have worked.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public bool? DryRun { get; set; }

    /// <summary>Grant tokens.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("GrantTokens")]
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
