using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Signs a message, or its digest, with an asymmetric KMS key.</summary>
/// <remarks>
/// Not every algorithm supports both -MessageType RAW and DIGEST. ED25519_SHA_512 supports only RAW messages, and ML_DSA_SHAKE_256 supports
/// RAW and EXTERNAL_MU; EXTERNAL_MU requires Linux with OpenSSL 3.5 or later, or Windows 11 or Windows Server 2025 with the updates of
/// November 2025. ED25519_PH_SHA_512 supports only SHA-512 digests and, as AWS documents, hashes the digest once more: to verify such a
/// signature elsewhere, pass the digest to Ed25519ph as the message.
/// </remarks>
/// <example>
/// <code>
/// $signature = Invoke-KmsSigning 'release 1.2.3' -KeyId alias/release -SigningAlgorithm ECDSA_SHA_256
/// </code>
/// <para>Signs a text.</para>
/// </example>
/// <example>
/// <code>
/// $digest = [Security.Cryptography.SHA256]::HashData([IO.File]::ReadAllBytes('/tmp/release.zip'))
/// Invoke-KmsSigning $digest -MessageType DIGEST -KeyId alias/release -SigningAlgorithm RSASSA_PSS_SHA_256
/// </code>
/// <para>Signs a file of any size by its digest.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "KmsSigning", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "Sign.html")]
[OutputType(typeof(MemoryStream))]
public sealed class InvokeKmsSigningCommand : MessageChangeCmdlet<SignRequest, SignResponse>
{
    /// <summary>
    /// What -Message is: RAW (the default) for the message itself, DIGEST for its hash, EXTERNAL_MU for the representative of an ML-DSA
    /// message.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(MessageType))]
    [ArgumentCompleter(typeof(EnumCompleter<MessageType>))]
    public string? MessageType { get; set; }

    /// <summary>The signing algorithm, one that the key supports.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [NamesOf(typeof(SigningAlgorithmSpec))]
    [ArgumentCompleter(typeof(AlgorithmCompleter<SigningAlgorithmSpec>))]
    public string? SigningAlgorithm { get; set; }

    private protected override string? DefaultSelect => nameof(SignResponse.Signature);

    private protected override string Describe(string target) => $"Sign a message with {target}";

    private protected override SignRequest CreateRequest() => new()
    {
        KeyId = NameKey(KeyId, KeyArn),
        Message = Message,
        MessageType = MessageType,
        SigningAlgorithm = SigningAlgorithm,
        GrantTokens = GrantToken,
        DryRun = DryRun,
    };
}
