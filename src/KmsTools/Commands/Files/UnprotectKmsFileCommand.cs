using System.Collections;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.EnvelopeEncryption;
using KmsTools.Identifiers;

namespace KmsTools.Commands;

/// <summary>Decrypts files that Protect-KmsFile or an AWS Encryption SDK has encrypted.</summary>
/// <remarks>
/// Reads messages of version 2, framed or not, signed or not. Messages of version 1 are refused, because they do not commit to their
/// key. The new file appears only when the whole message, with its signature, was found authentic, and can be read by its owner only.
/// When PowerShell is killed before, the system deletes what was decrypted; on file systems where files need names, and on other systems
/// than Linux, the next Protect-KmsFile or Unprotect-KmsFile that writes into the folder does.
/// It has the name of the encrypted file without .encrypted or, where that ending is missing, with .decrypted behind it.
/// Without -KeyId, whichever KMS key the file names is used, each in its own Region. With -Region, only keys of that Region are used,
/// and those that are related to a multi-Region key of the file.
/// </remarks>
/// <example>
/// <code>
/// Unprotect-KmsFile ./report.pdf.encrypted
/// </code>
/// <para>Writes report.pdf, with whichever of its keys can be used.</para>
/// </example>
/// <example>
/// <code>
/// Unprotect-KmsFile ./inbox/*.encrypted -KeyId alias/files -EncryptionContext @{ project = 'apollo' } -Destination ./clear
/// </code>
/// <para>Takes only files that were encrypted with this key for this project.</para>
/// </example>
/// <example>
/// <code>
/// Unprotect-KmsFile ./report.pdf.encrypted -Destination ./report-copy.pdf -Force -PassThru
/// </code>
/// <para>Gives the new file a name, replaces what has it, and returns the file.</para>
/// </example>
[Cmdlet(
    VerbsSecurity.Unprotect, "KmsFile", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Guide + "data-keys.html")]
[OutputType(typeof(KmsFileReport), typeof(FileInfo))]
public sealed class UnprotectKmsFileCommand : FileCmdlet
{
    private const string DecryptedExtension = ".decrypted";

    /// <summary>The only keys to use, in any form. The default is whichever KMS key the file names.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string[]? KeyId { get; set; }

    /// <summary>The ARN of the key, which an object in the pipeline has beside the ID: it tells which of related keys with this ID is meant.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Arn")]
    [KeyArgument]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? KeyArn { get; set; }

    /// <summary>Names and values that the file must have in its encryption context. It may have others.</summary>
    [Parameter]
    [PairsArgument]
    public Hashtable? EncryptionContext { get; set; }

    /// <summary>Files that are for more keys than this are refused, 1 to 65535. The default is 100.</summary>
    [Parameter]
    [ValidateRange(1, ushort.MaxValue)]
    public int MaxEncryptedDataKey { get; set; } = UnprotectOptions.DefaultMaxEncryptedDataKeys;

    private protected override string Activity => "Decrypting";

    // The default of the session is none that the user has limited the keys to.
    private protected override RegionName? CallRegion => GivenRegion;

    private IReadOnlyList<string> Keys => KeyId is { Length: > 1 } keys ? keys : NameKey(KeyId?[0], KeyArn) is { } key ? [key] : [];

    private protected override string NameFor(string source) =>
        source.EndsWith(EncryptedExtension, StringComparison.OrdinalIgnoreCase) && source.Length > EncryptedExtension.Length
            ? source[..^EncryptedExtension.Length]
            : source + DecryptedExtension;

    private protected override string Describe(string source) =>
        $"Decrypt '{source}'{(Keys is [] ? "" : $" with {string.Join(", ", Keys)}")}";

    private protected override EnvelopeResult Convert(
        Stream source,
        Stream destination,
        IProgress<long> progress,
        CancellationToken cancellation) =>
        Cipher.Unprotect(
            source,
            destination,
            new UnprotectOptions
            {
                KeyIds = Keys,
                RequiredContext = Context(EncryptionContext),
                GrantTokens = GrantToken,
                MaxEncryptedDataKeys = MaxEncryptedDataKey,
            },
            progress,
            cancellation);
}
