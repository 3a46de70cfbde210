using System.Collections;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.EnvelopeEncryption;

namespace KmsTools.Commands;

/// <summary>Encrypts files of any size with a data key under one or more KMS keys, in the format of the AWS Encryption SDK.</summary>
/// <remarks>
/// Each file becomes a message of the AWS Encryption SDK, version 2, with key commitment and, unless -NoSignature is given, an ECDSA P-384
/// signature. Any one of the keys can decrypt it. The encryption context is stored in the file in plaintext and cannot be changed. The new
/// file has the name of the old one with .encrypted appended, appears only when it is complete, and can be read only by its owner. The old
/// file stays. The first error ends the command; files that were completed before stay.
/// </remarks>
/// <example>
/// <code>
/// Protect-KmsFile ./report.pdf -KeyId alias/files -EncryptionContext @{ project = 'apollo' }
/// </code>
/// <para>Writes report.pdf.encrypted.</para>
/// </example>
/// <example>
/// <code>
/// Get-ChildItem ./export -File | Protect-KmsFile -KeyId alias/files, alias/escrow -Destination ./vault
/// </code>
/// <para>Encrypts all files of a folder into another one. Either key opens them.</para>
/// </example>
/// <example>
/// <code>
/// Protect-KmsFile ./disk.img alias/files -FrameLength 1MB -NoSignature -PassThru | Get-FileHash
/// </code>
/// <para>Encrypts a large file without a signature, in long frames, and goes on with the new file.</para>
/// </example>
[Cmdlet(
    VerbsSecurity.Protect, "KmsFile", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Guide + "data-keys.html")]
[OutputType(typeof(KmsFileReport), typeof(FileInfo))]
public sealed class ProtectKmsFileCommand : FileCmdlet
{
    /// <summary>The keys that can open the files, in any form. The first generates the data key, the others encrypt it too.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string[] KeyId { get; set; } = [];

    /// <summary>
    /// Names and values that stand in the file in plaintext, cannot be changed, and are recorded with each use of the key.
    /// </summary>
    [Parameter]
    [PairsArgument]
    public Hashtable? EncryptionContext { get; set; }

    /// <summary>Leaves the signature out. Faster; enough where everybody who can decrypt may also encrypt.</summary>
    [Parameter]
    public SwitchParameter NoSignature { get; set; }

    /// <summary>
    /// Bytes of plaintext in a frame, 1 to 1 GiB. A frame must fit into memory. The default is 4096, as in the AWS Encryption SDKs.
    /// </summary>
    [Parameter]
    [ValidateRange(1, MessageHeader.MaxFrameLength)]
    public int FrameLength { get; set; } = ProtectOptions.DefaultFrameLength;

    private protected override string Activity => "Encrypting";

    private IReadOnlyList<string> Keys => KeyId;

    private protected override string NameFor(string source) => source + EncryptedExtension;

    private protected override string Describe(string source) => $"Encrypt '{source}' with {string.Join(", ", Keys)}";

    private protected override EnvelopeResult Convert(
        Stream source,
        Stream destination,
        IProgress<long> progress,
        CancellationToken cancellation) =>
        Cipher.Protect(
            source,
            destination,
            new ProtectOptions
            {
                KeyIds = Keys,
                EncryptionContext = Context(EncryptionContext),
                GrantTokens = GrantToken,
                Suite = NoSignature ? AlgorithmSuite.Unsigned : AlgorithmSuite.Signed,
                FrameLength = FrameLength,
            },
            progress,
            cancellation);
}
