using System.Collections;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Encrypts up to 4096 bytes with a KMS key.</summary>
/// <example>
/// <code>
/// $answer = Invoke-KmsEncrypt alias/orders -Plaintext 'secret' -EncryptionContext @{ order = '4711' }
/// </code>
/// <para>Encrypts text. The same encryption context is needed to decrypt it.</para>
/// </example>
/// <example>
/// <code>
/// Invoke-KmsEncrypt alias/orders -Plaintext (Get-Item ./small.bin) -Select CiphertextBlob
/// </code>
/// <para>Encrypts the content of a file and returns only the ciphertext.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "KmsEncrypt", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "Encrypt.html")]
[OutputType(typeof(EncryptResponse))]
public sealed class InvokeKmsEncryptCommand : KeyChangeCmdlet<EncryptRequest, EncryptResponse>
{
    /// <summary>
    /// With $true, the call is checked but not carried out: the error is DryRunOperationException if it would have succeeded.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(bool))]
    public bool? DryRun { get; set; }

    /// <summary>The algorithm. The default is SYMMETRIC_DEFAULT.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(EncryptionAlgorithmSpec))]
    [ArgumentCompleter(typeof(AlgorithmCompleter<EncryptionAlgorithmSpec>))]
    public string? EncryptionAlgorithm { get; set; }

    /// <summary>Names and values that are bound to the ciphertext and required to decrypt it. They appear in plaintext in events.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PairsArgument]
    public Hashtable? EncryptionContext { get; set; }

    /// <summary>Grant tokens.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("GrantTokens")]
    [GrantTokenArgument]
    public string[]? GrantToken { get; set; }

    /// <summary>What to encrypt: bytes, text (as UTF-8), a stream, or a file (Get-Item).</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [ByteArrayTransformation]
    public byte[]? Plaintext { get; set; }

    private protected override string Describe(string target) => $"Encrypt with {target}";

    private protected override EncryptRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        Plaintext = Plaintext,
        EncryptionContext = StringPairs.From(EncryptionContext, nameof(EncryptionContext)),
        GrantTokens = GrantToken,
        EncryptionAlgorithm = EncryptionAlgorithm,
        DryRun = DryRun,
    };
}
