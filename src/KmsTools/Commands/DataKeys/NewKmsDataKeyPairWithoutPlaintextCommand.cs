using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Generates an asymmetric data key pair and returns the private key only encrypted.</summary>
/// <example>
/// <code>
/// New-KmsDataKeyPairWithoutPlaintext alias/orders -KeyPairSpec ECC_NIST_P256
/// </code>
/// <para>Generates a key pair for later use.</para>
/// </example>
/// <example>
/// <code>
/// $pair = New-KmsDataKeyPairWithoutPlaintext alias/orders -KeyPairSpec RSA_3072
/// (Invoke-KmsDecrypt -CiphertextBlob $pair.PrivateKeyCiphertextBlob).Plaintext
/// </code>
/// <para>Generates a key pair, and decrypts its private key where it is needed.</para>
/// </example>
[Cmdlet(
    VerbsCommon.New, "KmsDataKeyPairWithoutPlaintext", SupportsShouldProcess = true,
    HelpUri = HelpPages.Api + "GenerateDataKeyPairWithoutPlaintext.html")]
[OutputType(typeof(GenerateDataKeyPairWithoutPlaintextResponse))]
public sealed class NewKmsDataKeyPairWithoutPlaintextCommand
    : DataKeyPairCmdlet<GenerateDataKeyPairWithoutPlaintextRequest, GenerateDataKeyPairWithoutPlaintextResponse>
{
    private protected override GenerateDataKeyPairWithoutPlaintextRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        EncryptionContext = StringPairs.From(EncryptionContext, nameof(EncryptionContext)),
        KeyPairSpec = KeyPairSpec,
        GrantTokens = GrantToken,
        DryRun = DryRun,
    };
}
