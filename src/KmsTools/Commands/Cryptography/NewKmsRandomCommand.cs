using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Makes random bytes.</summary>
/// <example>
/// <code>
/// $bytes = (New-KmsRandom 32).ToArray()
/// </code>
/// <para>Makes 32 random bytes.</para>
/// </example>
/// <example>
/// <code>
/// New-KmsRandom 16 -CustomKeyStoreId cks-1234567890abcdef0
/// </code>
/// <para>Makes random bytes in the HSMs of a custom key store.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "KmsRandom", SupportsShouldProcess = true)]
[OutputType(typeof(MemoryStream))]
public sealed class NewKmsRandomCommand : KmsChangeCmdlet<GenerateRandomRequest, GenerateRandomResponse>
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

    /// <summary>The custom key store whose HSMs make the bytes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CustomKeyStoreCompleter))]
    public string? CustomKeyStoreId { get; set; }

    /// <summary>How many bytes, 1 to 1024.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
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
