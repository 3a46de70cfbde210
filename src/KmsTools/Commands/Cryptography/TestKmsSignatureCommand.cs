using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Verifies a signature with the asymmetric KMS key that generated it. An invalid signature is an error.</summary>
/// <remarks>
/// Not every algorithm supports both -MessageType RAW and DIGEST. ED25519_SHA_512 supports only RAW messages, and ML_DSA_SHAKE_256 supports
/// RAW and EXTERNAL_MU; EXTERNAL_MU requires Linux with OpenSSL 3.5 or later, or Windows 11 or Windows Server 2025 with the updates of
/// November 2025. ED25519_PH_SHA_512 supports only SHA-512 digests and, as AWS documents, hashes the digest once more: a signature from
/// elsewhere is valid if Ed25519ph was given the digest as the message.
/// </remarks>
/// <example>
/// <code>
/// Test-KmsSignature 'release 1.2.3' -Signature $signature -KeyId alias/release -SigningAlgorithm ECDSA_SHA_256
/// </code>
/// <para>Returns True if the signature is valid.</para>
/// </example>
/// <example>
/// <code>
/// Get-Item ./release.txt | Test-KmsSignature -Signature (Get-Item ./release.sig) -KeyId alias/release -SigningAlgorithm ECDSA_SHA_256
/// </code>
/// <para>Verifies a file of up to 4096 bytes.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "KmsSignature", HelpUri = HelpPages.Api + "Verify.html")]
[OutputType(typeof(bool))]
public sealed class TestKmsSignatureCommand : MessageQueryCmdlet<VerifyRequest, VerifyResponse>
{
    /// <summary>
    /// What -Message is: RAW (the default) for the message itself, DIGEST for its hash, EXTERNAL_MU for the representative of an ML-DSA
    /// message.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(MessageType))]
    [ArgumentCompleter(typeof(EnumCompleter<MessageType>))]
    public string? MessageType { get; set; }

    /// <summary>The signature: bytes, a stream, or a file (Get-Item).</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [ByteArrayTransformation]
    public byte[]? Signature { get; set; }

    /// <summary>The algorithm of the signature.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [NamesOf(typeof(SigningAlgorithmSpec))]
    [ArgumentCompleter(typeof(AlgorithmCompleter<SigningAlgorithmSpec>))]
    public string? SigningAlgorithm { get; set; }

    private protected override string? DefaultSelect => nameof(VerifyResponse.SignatureValid);

    private protected override VerifyRequest CreateRequest() => new()
    {
        KeyId = NameKey(KeyId, KeyArn),
        Message = Message,
        MessageType = MessageType,
        Signature = Signature,
        SigningAlgorithm = SigningAlgorithm,
        GrantTokens = GrantToken,
        DryRun = DryRun,
    };
}
