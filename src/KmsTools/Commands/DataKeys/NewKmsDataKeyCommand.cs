using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Generates a data key and returns it in plaintext and encrypted.</summary>
/// <example>
/// <code>
/// $dataKey = New-KmsDataKey alias/orders -KeySpec AES_256
/// </code>
/// <para>Generates a data key of 32 bytes.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKey alias/orders | New-KmsDataKey -NumberOfBytes 64 -EncryptionContext @{ order = '4711' }
/// </code>
/// <para>Generates a data key of 64 bytes, bound to an encryption context.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "KmsDataKey", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "GenerateDataKey.html")]
[OutputType(typeof(GenerateDataKeyResponse))]
public sealed class NewKmsDataKeyCommand : SymmetricDataKeyCmdlet<GenerateDataKeyRequest, GenerateDataKeyResponse>
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

    private protected override GenerateDataKeyRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        EncryptionContext = StringPairs.From(EncryptionContext, nameof(EncryptionContext)),
        NumberOfBytes = NumberOfBytes,
        KeySpec = KeySpec,
        GrantTokens = GrantToken,
        DryRun = DryRun,
        Recipient = RecipientParameters.ToRequest(Recipient_AttestationDocument, Recipient_KeyEncryptionAlgorithm),
    };
}
