using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Generates a data key and returns it only encrypted.</summary>
/// <example>
/// <code>
/// New-KmsDataKeyWithoutPlaintext alias/orders -KeySpec AES_256
/// </code>
/// <para>Generates an encrypted data key for later use.</para>
/// </example>
/// <example>
/// <code>
/// New-KmsDataKeyWithoutPlaintext alias/orders -NumberOfBytes 64 | Invoke-KmsDecrypt
/// </code>
/// <para>Generates a data key, and decrypts it where it is needed.</para>
/// </example>
[Cmdlet(
    VerbsCommon.New, "KmsDataKeyWithoutPlaintext", SupportsShouldProcess = true,
    HelpUri = HelpPages.Api + "GenerateDataKeyWithoutPlaintext.html")]
[OutputType(typeof(GenerateDataKeyWithoutPlaintextResponse))]
public sealed class NewKmsDataKeyWithoutPlaintextCommand
    : SymmetricDataKeyCmdlet<GenerateDataKeyWithoutPlaintextRequest, GenerateDataKeyWithoutPlaintextResponse>
{
    private protected override GenerateDataKeyWithoutPlaintextRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        EncryptionContext = StringPairs.From(EncryptionContext, nameof(EncryptionContext)),
        NumberOfBytes = NumberOfBytes,
        KeySpec = KeySpec,
        GrantTokens = GrantToken,
        DryRun = DryRun,
    };
}
