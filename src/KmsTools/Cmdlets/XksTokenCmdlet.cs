using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>A cmdlet that works on a token for an XKS proxy, which is named by label or by URI.</summary>
public abstract class XksTokenCmdlet : KmsCmdlet
{
    private protected const string ByLabel = "TokenLabel";
    private protected const string ByUri = "Uri";

    private bool _isLabelAlone;

    /// <summary>The PKCS#11 library of the HSM, such as /usr/lib/softhsm/libsofthsm2.so.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLabel)]
    [HsmLibraryArgument]
    [ValidateNotNullOrEmpty]
    public string Library { get; set; } = "";

    /// <summary>The label of the token. Where several tokens of a library have the same label, add -SerialNumber, or use -Uri.</summary>
    [Parameter(Mandatory = true, Position = 2, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLabel)]
    [HsmArgument]
    [ArgumentCompleter(typeof(HsmTokenCompleter))]
    [ValidateNotNullOrEmpty]
    public string TokenLabel { get; set; } = "";

    /// <summary>The serial number of the token. Not required where no other token of the library has the label.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ByLabel)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? SerialNumber { get; set; }

    /// <summary>
    /// The PKCS#11 URI (RFC 7512) of the token, in quotes, with the library as module-path. pin-source names the file that holds the PIN.
    /// </summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByUri)]
    [HsmUriArgument]
    [ArgumentCompleter(typeof(HsmUriCompleter))]
    [ValidateNotNullOrEmpty]
    public string Uri { get; set; } = "";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();

        // An object that comes through the pipeline may be of another token than the one whose label is given.
        _isLabelAlone = MyInvocation.BoundParameters.ContainsKey(nameof(TokenLabel))
            && !MyInvocation.BoundParameters.ContainsKey(nameof(SerialNumber));
    }

    /// <summary>The options of the program of the XKS proxy that name the token; none where neither a label nor a URI does.</summary>
    private protected IEnumerable<string> TokenOptions => ParameterSetName switch
    {
        ByLabel =>
        [
            "--library", HsmLibraryCmdlet.ResolveLibrary(Library, ResolvePath), "--token", TokenLabel,
            .. _isLabelAlone || string.IsNullOrEmpty(SerialNumber) ? [] : new[] { "--serial", SerialNumber },
        ],
        ByUri => ["--uri", XksPin.RequireNone(Uri)],
        _ => [],
    };
}
