using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>Registers the tokens of one or more HSMs as a cluster for a custom key store. Changes nothing in the HSMs.</summary>
/// <remarks>
/// KmsTools synchronizes the HSMs of a cluster: a key is created on all of them or on none, calls are distributed over them, and fail over
/// to the others when one is lost. HSMs that the client of their vendor synchronizes are registered as one token.
/// </remarks>
/// <example>
/// <code>
/// $cluster = Register-KmsHsmCluster /usr/lib/softhsm/libsofthsm2.so -TokenLabel lab
/// </code>
/// <para>Registers a SoftHSM token. Its ID and TrustAnchorCertificate go to New-KmsCustomKeyStore.</para>
/// </example>
/// <example>
/// <code>
/// Register-KmsHsmCluster $library -TokenLabel restored -TrustAnchorCertificate $cluster.TrustAnchorCertificate
/// </code>
/// <para>Registers a token that was restored from a backup of another one, so that a custom key store can move to it.</para>
/// </example>
/// <example>
/// <code>
/// Register-KmsHsmCluster $library -TokenLabel first, second -HighAvailability -ManagePassword
/// </code>
/// <para>
/// Registers two tokens as AWS CloudHSM would have them: keys are created only while both are active, and each connect changes the
/// password of the crypto user.
/// </para>
/// </example>
/// <example>
/// <code>
/// Register-KmsHsmCluster -Uri 'pkcs11:token=lab?module-path=/usr/lib/softhsm/libsofthsm2.so&amp;pin-source=file:/run/secrets/lab.pin'
/// </code>
/// <para>
/// Registers the token that a PKCS#11 URI names. New-KmsCustomKeyStore then takes the password of the crypto user from the file.
/// </para>
/// </example>
[Cmdlet(
    VerbsLifecycle.Register, "KmsHsmCluster", SupportsShouldProcess = true, DefaultParameterSetName = ByLabel,
    HelpUri = HelpPages.Guide + "keystore-cloudhsm.html")]
[OutputType(typeof(HsmClusterDescription))]
public sealed class RegisterKmsHsmClusterCommand : HsmLibraryCmdlet
{
    private bool _isLabelAlone;

    /// <summary>
    /// The labels of the tokens, one for each HSM. Where several tokens of a library have the same label, add -SerialNumber, or use -Uri.
    /// </summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLabel)]
    [HsmArgument]
    [ArgumentCompleter(typeof(HsmTokenCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] TokenLabel { get; set; } = [];

    /// <summary>
    /// The serial numbers of the tokens, in the order of their labels. Not required where no other token of the library has the label.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ByLabel)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string[]? SerialNumber { get; set; }

    /// <summary>
    /// PKCS#11 URIs (RFC 7512) of the tokens, one for each HSM, in quotes: 'pkcs11:token=lab;serial=0001?module-path=/path/to/library.so'.
    /// Before the question mark stand token, serial, manufacturer, model, slot-id, slot-description, slot-manufacturer,
    /// library-manufacturer,
    /// library-description and library-version, as many as single out a token; after it module-path or module-name, and pin-source, the
    /// file that holds the PIN of the crypto user. In temporary stores the PIN itself can be given, as pin-value.
    /// </summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByUri)]
    [HsmUriArgument]
    [ArgumentCompleter(typeof(HsmUriCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Uri { get; set; } = [];

    /// <summary>The ID of the cluster: 'cluster-' and 11 to 16 characters. The default is a new one.</summary>
    [Parameter]
    [Alias("CloudHsmClusterId")]
    [TextTransformation]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    public string? ClusterId { get; set; }

    /// <summary>
    /// The certificate of the cluster (PEM). The default is a new one. That of a registered cluster declares that both share a backup
    /// history.
    /// </summary>
    [Parameter]
    [TrustAnchorArgument]
    [ValidateNotNullOrEmpty]
    public string? TrustAnchorCertificate { get; set; }

    /// <summary>
    /// Custom key stores and keys can be created only while two HSMs are active, as AWS requires. Without this switch, one HSM is enough.
    /// </summary>
    [Parameter]
    public SwitchParameter HighAvailability { get; set; }

    /// <summary>
    /// Each Connect-KmsCustomKeyStore gives the crypto user a new random password, as AWS does. From then on only the store knows it. To
    /// regain access to the HSM, disconnect, set another PIN as its security officer, and pass that PIN to Update-KmsCustomKeyStore
    /// -KeyStorePassword. Without the switch no PIN is ever changed.
    /// Refused where an HSM opens the seal of the store.
    /// </summary>
    [Parameter]
    public SwitchParameter ManagePassword { get; set; }

    private protected override IReadOnlyCollection<string> Uris => Uri;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();

        // An object that comes through the pipeline may be of another token than the one whose label is given.
        _isLabelAlone = IsBound(nameof(TokenLabel)) && !IsBound(nameof(SerialNumber));
    }

    private protected override void Process()
    {
        if (ClusterId is not null)
        {
            // Before anything is asked: -WhatIf refuses it too.
            _ = Identifiers.ClusterId.Parse(ClusterId);
        }

        string[] uris = ParameterSetName == ByUri ? Uri : TokenUris();
        bool isUri = uris.Length > 0;
        if (ConfirmAction($"Register as a cluster: {(isUri ? WithoutPins(uris) : $"{string.Join(", ", TokenLabel)} of {LibraryPath}")}"))
        {
            KmsEngine engine = Engine;
            Caller caller = LocalCaller;
            string library = isUri ? "" : LibraryPath;
            WriteObject(new CallProgress(this, "Asking the HSMs").Run(() => isUri
                ? engine.HsmClusters.RegisterUris(uris, ClusterId, TrustAnchorCertificate, HighAvailability, ManagePassword, caller)
                : engine.HsmClusters
                    .Register(library, TokenLabel, ClusterId, TrustAnchorCertificate, HighAvailability, ManagePassword, caller)));
        }
    }

    /// <summary>What names tokens by their labels and serial numbers; empty where there are only labels.</summary>
    private string[] TokenUris()
    {
        string[] serials = _isLabelAlone || SerialNumber is null || SerialNumber.All(string.IsNullOrEmpty) ? [] : SerialNumber;
        if (serials.Length > 0 && serials.Length != TokenLabel.Length)
        {
            throw new ArgumentException($"-{nameof(SerialNumber)} has one serial number for each label of -{nameof(TokenLabel)}.");
        }

        return
        [
            .. serials.Zip(TokenLabel, (serial, label) =>
                HsmUri.Of(LibraryPath, new TokenSelector { Label = label, SerialNumber = serial })),
        ];
    }
}
