using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Verifies a signature with the KMS key that made it. An invalid one is an error.</summary>
/// <remarks>
/// -MessageType RAW and DIGEST do not go together with every algorithm. ED25519_SHA_512 takes RAW messages only, and ML_DSA_SHAKE_256 takes
/// RAW and EXTERNAL_MU; EXTERNAL_MU needs Linux with OpenSSL 3.5 or later, or Windows 11 or Windows Server 2025 with the updates of November
/// 2025. ED25519_PH_SHA_512 takes SHA-512 digests only and, as AWS documents it, hashes the digest once more: a
/// signature that was made elsewhere is valid when Ed25519ph was given the digest as the message.
/// </remarks>
/// <example>
/// <code>
/// Test-KmsSignature 'release 1.2.3' -Signature $signature -KeyId alias/release -SigningAlgorithm ECDSA_SHA_256
/// </code>
/// <para>Writes True when the signature is valid.</para>
/// </example>
/// <example>
/// <code>
/// Get-Item ./release.txt | Test-KmsSignature -Signature (Get-Item ./release.sig) -KeyId alias/release -SigningAlgorithm ECDSA_SHA_256
/// </code>
/// <para>Verifies a file of up to 4096 bytes.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "KmsSignature")]
[OutputType(typeof(bool))]
public sealed class TestKmsSignatureCommand : MessageQueryCmdlet<VerifyRequest, VerifyResponse>
{
    /// <summary>What -Message is: RAW (the default) for the message itself, DIGEST for its hash, EXTERNAL_MU for the representative of an ML-DSA message.</summary>
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
        KeyId = KeyId,
        Message = Message,
        MessageType = MessageType,
        Signature = Signature,
        SigningAlgorithm = SigningAlgorithm,
        GrantTokens = GrantToken,
        DryRun = DryRun,
    };
}
