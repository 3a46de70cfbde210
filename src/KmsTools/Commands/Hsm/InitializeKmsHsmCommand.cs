using System.Management.Automation;
using System.Security;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Labs;

namespace KmsTools.Commands;

/// <summary>Initializes a free token of a PKCS#11 library and its crypto user, as an HSM for a lab.</summary>
/// <remarks>
/// A token that is initialized is never changed. Real HSMs are initialized with the tools of their vendor. With -Lab, SoftHSM is found, and
/// gets a configuration and a folder for tokens in the folder of the store (the local folder of a store in a database), unless the
/// environment variable SOFTHSM2_CONF names one that works. The variable is set for this process, and whenever a session opens the store
/// while no other configuration is chosen; an endpoint uses it likewise.
/// </remarks>
/// <example>
/// <code>
/// $pin = Read-Host -AsSecureString
/// Initialize-KmsHsm -Lab -KeyStorePassword $pin | Register-KmsHsmCluster |
///     New-KmsCustomKeyStore lab -KeyStorePassword $pin | Connect-KmsCustomKeyStore
/// </code>
/// <para>Makes a lab with SoftHSM from nothing: a token, a cluster, and a custom key store, which is connected.</para>
/// </example>
/// <example>
/// <code>
/// Initialize-KmsHsm /usr/lib/softhsm/libsofthsm2.so -TokenLabel lab -SecurityOfficerPin (Read-Host -AsSecureString) `
///     -KeyStorePassword (Read-Host -AsSecureString)
/// </code>
/// <para>Initializes a SoftHSM token with the label lab.</para>
/// </example>
/// <example>
/// <code>
/// $pin = Read-Host -AsSecureString
/// Initialize-KmsHsm $library -TokenLabel hsm1 -SecurityOfficerPin $pin -KeyStorePassword $pin |
///     ForEach-Object { Register-KmsHsmCluster $library -TokenLabel $_.TokenLabel }
/// </code>
/// <para>Initializes a token and registers it as a cluster.</para>
/// </example>
/// <example>
/// <code>
/// $pin = Read-Host -AsSecureString
/// Initialize-KmsHsm -Uri 'pkcs11:token=lab?module-path=/usr/lib/softhsm/libsofthsm2.so' -SecurityOfficerPin $pin -KeyStorePassword $pin
/// </code>
/// <para>Initializes a token with the label and the library that a PKCS#11 URI names.</para>
/// </example>
[Cmdlet(
    VerbsData.Initialize, "KmsHsm", SupportsShouldProcess = true, DefaultParameterSetName = ByLabel,
    HelpUri = HelpPages.Guide + "keystore-cloudhsm.html")]
[OutputType(typeof(HsmStatus))]
public sealed class InitializeKmsHsmCommand : HsmLibraryCmdlet
{
    private const string LabSet = "Lab";

    // What CreateCustomKeyStore takes.
    private const int MinPassword = 7;
    private const int MaxPassword = 32;

    /// <summary>Uses SoftHSM, and configures it if that is necessary.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LabSet)]
    public SwitchParameter Lab { get; set; }

    /// <summary>The label of the new token, at most 32 bytes. With -Lab, the default is lab.</summary>
    [Parameter(ParameterSetName = LabSet)]
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLabel)]
    [HsmArgument]
    [ArgumentCompleter(typeof(HsmTokenCompleter))]
    [ValidateNotNullOrEmpty]
    public string TokenLabel { get; set; } = "lab";

    /// <summary>
    /// The PKCS#11 URI (RFC 7512) of the new token: its label as token, the library as module-path, and whatever singles out the free token
    /// to initialise, such as slot-id. pin-source names the file that holds the PIN of the crypto user.
    /// </summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByUri)]
    [HsmUriArgument]
    [ArgumentCompleter(typeof(HsmUriCompleter))]
    [ValidateNotNullOrEmpty]
    public string Uri { get; set; } = "";

    /// <summary>The PIN of the security officer. With -Lab, the default is that of the crypto user.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByLabel)]
    [Parameter(Mandatory = true, ParameterSetName = ByUri)]
    [Parameter(ParameterSetName = LabSet)]
    [PinTransformation]
    public SecureString? SecurityOfficerPin { get; set; }

    /// <summary>
    /// The PIN of the crypto user, which is the -KeyStorePassword of New-KmsCustomKeyStore: 7 to 32 characters. Not required where the URI
    /// names a file with the PIN.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = ByLabel)]
    [Parameter(Mandatory = true, ParameterSetName = LabSet)]
    [Parameter(ParameterSetName = ByUri)]
    [PinTransformation]
    public SecureString? KeyStorePassword { get; set; }

    private protected override IReadOnlyCollection<string> Uris => [Uri];

    private protected override void Process()
    {
        bool isUri = ParameterSetName == ByUri;
        if (KeyStorePassword is { Length: < MinPassword or > MaxPassword })
        {
            throw new ArgumentException(
                $"-KeyStorePassword has {KeyStorePassword.Length} characters. The PIN of a crypto user has {MinPassword} to {MaxPassword}.");
        }

        if (Lab)
        {
            string? library = SoftHsmLab.FindLibrary();
            if (library is null)
            {
                Refuse(KmsErrorRecord.NoSoftHsm());
            }

            Library = library;
        }

        if (!ConfirmAction($"Initialize a free token as {(isUri ? HsmUri.WithoutPin(Uri) : $"'{TokenLabel}' with {LibraryPath}")}"))
        {
            return;
        }

        if (Lab && SoftHsmLab.Ensure(Connection.Folder) is { } configuration)
        {
            WriteVerbose($"SOFTHSM2_CONF is {configuration} in this process.");
        }

        using Secret officer = PinnedText.Utf8(SecurityOfficerPin ?? KeyStorePassword!);
        using Secret? user = KeyStorePassword is null ? null : PinnedText.Utf8(KeyStorePassword);
        PSObject token = PSObject.AsPSObject(isUri
            ? Engine.HsmTokens.Initialize(Uri, officer, user, LocalCaller)
            : Engine.HsmTokens.Initialize(LibraryPath, TokenLabel, officer, user!, LocalCaller));
        if (!isUri)
        {
            // What Register-KmsHsmCluster needs beside the label.
            token.Properties.Add(new PSNoteProperty(nameof(Library), LibraryPath));
        }

        WriteObject(token);
    }
}
