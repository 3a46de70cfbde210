using System.Management.Automation;
using System.Security;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Creates a key in a token for an XKS proxy: AES-256, for encryption and decryption. It never leaves the token.</summary>
/// <remarks>
/// A token for a proxy is better not one of an HSM cluster of this store, whose keys are those of its custom key store. The key is not known
/// to KMS until a configuration of a proxy names it, and New-KmsKey with its external key ID.
/// </remarks>
/// <example>
/// <code>
/// New-KmsXksKey orders $library -TokenLabel lab -PinFile ./lab.pin
/// </code>
/// <para>Creates a key with the label orders.</para>
/// </example>
/// <example>
/// <code>
/// New-KmsXksKey health -Configuration ./proxy.yaml
/// </code>
/// <para>Creates a key in the token of a configuration, which says where its PIN is.</para>
/// </example>
[Cmdlet(
    VerbsCommon.New, "KmsXksKey", SupportsShouldProcess = true, DefaultParameterSetName = ByLabel,
    HelpUri = HelpPages.Guide + "create-xks-keys.html")]
[OutputType(typeof(KmsXksKey))]
public sealed class NewKmsXksKeyCommand : XksTokenCmdlet
{
    private const string ByConfiguration = "Configuration";

    /// <summary>The label of the new key, which no key of the token has yet.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateLength(1, 128)]
    public string Label { get; set; } = "";

    /// <summary>The configuration of a proxy, which names the token and its PIN.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByConfiguration)]
    [Alias("Path")]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string Configuration { get; set; } = "";

    /// <summary>The name of the token in the configuration. Not required where it has only one.</summary>
    [Parameter(ParameterSetName = ByConfiguration)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Token { get; set; }

    /// <summary>The PIN of the crypto user.</summary>
    [Parameter(ParameterSetName = ByLabel)]
    [Parameter(ParameterSetName = ByUri)]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? Pin { get; set; }

    /// <summary>A file with the PIN, which only its owner can read.</summary>
    [Parameter(ParameterSetName = ByLabel)]
    [Parameter(ParameterSetName = ByUri)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PinFile { get; set; }

    /// <summary>The CKA_ID of the new key in hexadecimal digits, which no key of the token has yet. The default is a random one.</summary>
    [Parameter]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? CkaId { get; set; }

    private protected override object? Subject => Label;

    private protected override void Process()
    {
        if (ParameterSetName == ByLabel && Pin is null && PinFile is null)
        {
            throw new ArgumentException("-Pin or -PinFile is needed: the PIN of the crypto user of the token.");
        }

        string place = ParameterSetName switch
        {
            ByLabel => $"the token '{TokenLabel}' of {HsmLibraryCmdlet.ResolveLibrary(Library, ResolvePath)}",
            ByUri => HsmUri.WithoutPin(Uri),
            _ => $"the token {(Token is null ? "" : $"'{Token}' ")}of {ResolvePath(Configuration)}",
        };
        if (!ConfirmAction($"Create the key '{Label}' in {place}"))
        {
            return;
        }

        using Secret? pin = XksPin.Read(Pin, PinFile, ResolvePath);
        IEnumerable<string> token = ParameterSetName == ByConfiguration
            ? ["--configuration", ResolvePath(Configuration), .. Token is null ? [] : new[] { "--token", Token }]
            : TokenOptions;
        IReadOnlyDictionary<string, string> made = XksProxyProgram.Run(
            [
                "new-key", "--label", Label, .. token, .. XksPin.Option(pin),
                .. CkaId is null ? [] : new[] { "--cka-id", CkaId },
            ],
            pin,
            "The key was not created.",
            Stopped);
        WriteObject(new KmsXksKey(made["label"], made["ckaId"], made["token"], made["serial"], made["uri"], made["library"]));
    }
}
