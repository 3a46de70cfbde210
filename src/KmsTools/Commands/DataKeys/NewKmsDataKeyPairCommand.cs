using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Generates an asymmetric data key pair and returns the private key in plaintext and encrypted.</summary>
/// <example>
/// <code>
/// $pair = New-KmsDataKeyPair alias/orders -KeyPairSpec ECC_NIST_P256
/// </code>
/// <para>Generates a key pair on P-256.</para>
/// </example>
/// <example>
/// <code>
/// $pair = New-KmsDataKeyPair alias/orders -KeyPairSpec RSA_3072 -EncryptionContext @{ order = '4711' }
/// Invoke-KmsDecrypt -CiphertextBlob $pair.PrivateKeyCiphertextBlob -EncryptionContext @{ order = '4711' }
/// </code>
/// <para>Generates an RSA key pair, and decrypts its private key again.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "KmsDataKeyPair", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "GenerateDataKeyPair.html")]
[OutputType(typeof(GenerateDataKeyPairResponse))]
public sealed class NewKmsDataKeyPairCommand : DataKeyPairCmdlet<GenerateDataKeyPairRequest, GenerateDataKeyPairResponse>
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
