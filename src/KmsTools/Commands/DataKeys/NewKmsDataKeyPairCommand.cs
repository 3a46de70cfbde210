using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Makes an asymmetric data key pair: the private key in clear to use at once, and encrypted to keep.</summary>
/// <example>
/// <code>
/// $pair = New-KmsDataKeyPair alias/orders -KeyPairSpec ECC_NIST_P256
/// </code>
/// <para>Makes a key pair on P-256.</para>
/// </example>
/// <example>
/// <code>
/// $pair = New-KmsDataKeyPair alias/orders -KeyPairSpec RSA_3072 -EncryptionContext @{ order = '4711' }
/// Invoke-KmsDecrypt -CiphertextBlob $pair.PrivateKeyCiphertextBlob -EncryptionContext @{ order = '4711' }
/// </code>
/// <para>Makes an RSA key pair, and decrypts its private key again.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "KmsDataKeyPair", SupportsShouldProcess = true)]
[OutputType(typeof(GenerateDataKeyPairResponse))]
public sealed class NewKmsDataKeyPairCommand : DataKeyPairCmdlet<GenerateDataKeyPairRequest, GenerateDataKeyPairResponse>
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

    private protected override GenerateDataKeyPairRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        EncryptionContext = StringPairs.From(EncryptionContext, nameof(EncryptionContext)),
        KeyPairSpec = KeyPairSpec,
        GrantTokens = GrantToken,
        DryRun = DryRun,
        Recipient = RecipientParameters.ToRequest(Recipient_AttestationDocument, Recipient_KeyEncryptionAlgorithm),
    };
}
