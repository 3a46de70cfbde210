using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Generates random bytes.</summary>
/// <example>
/// <code>
/// $bytes = (New-KmsRandom 32).ToArray()
/// </code>
/// <para>Generates 32 random bytes.</para>
/// </example>
/// <example>
/// <code>
/// New-KmsRandom 16 -CustomKeyStoreId cks-1234567890abcdef0
/// </code>
/// <para>Generates random bytes in the HSMs of a custom key store.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "KmsRandom", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "GenerateRandom.html")]
[OutputType(typeof(MemoryStream))]
public sealed class NewKmsRandomCommand : KmsChangeCmdlet<GenerateRandomRequest, GenerateRandomResponse>
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

    /// <summary>The custom key store whose HSMs generate the bytes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [KeyStoreArgument]
    [ArgumentCompleter(typeof(CustomKeyStoreCompleter))]
    public string? CustomKeyStoreId { get; set; }

    /// <summary>The number of bytes, 1 to 1024.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(int))]
    public int? NumberOfBytes { get; set; }

    private protected override string? DefaultSelect => nameof(GenerateRandomResponse.Plaintext);

    private protected override string Describe(string target) => $"Make {NumberOfBytes} random bytes";

    private protected override GenerateRandomRequest CreateRequest() => new()
    {
        NumberOfBytes = NumberOfBytes,
        CustomKeyStoreId = CustomKeyStoreId,
        Recipient = RecipientParameters.ToRequest(Recipient_AttestationDocument, Recipient_KeyEncryptionAlgorithm),
    };
}
