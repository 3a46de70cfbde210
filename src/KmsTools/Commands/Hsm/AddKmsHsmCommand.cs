using System.Management.Automation;
using System.Security;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Adds an HSM to a cluster, and copies to it the keys of the cluster that can leave the other HSMs.</summary>
/// <remarks>
/// The keys are copied at once if a custom key store of the cluster is connected, otherwise at the next connect. A warning names each key
/// that cannot leave the other HSMs: it works as long as one of those HSMs does. No key is ever made extractable. The crypto user of the
/// HSM must have the password of the cluster.
/// </remarks>
/// <example>
/// <code>
/// Add-KmsHsm cluster-abcdefghijk -TokenLabel second
/// </code>
/// <para>Adds another token of the cluster's library.</para>
/// </example>
/// <example>
/// <code>
/// Add-KmsHsm cluster-abcdefghijk -TokenLabel second -Library /usr/lib/softhsm/libsofthsm2.so
/// Get-KmsHsm cluster-abcdefghijk
/// </code>
/// <para>Adds a token of a library that is named, and shows the HSMs of the cluster.</para>
/// </example>
/// <example>
/// <code>
/// Add-KmsHsm cluster-abcdefghijk -TokenLabel third -Clone
/// </code>
/// <para>Creates a SoftHSM token as a clone of an HSM of the cluster, and adds it.</para>
/// </example>
/// <example>
/// <code>
/// Add-KmsHsm cluster-abcdefghijk -Uri 'pkcs11:token=second'
/// </code>
/// <para>Adds the token that a PKCS#11 URI names, here of the cluster's library.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Add, "KmsHsm", SupportsShouldProcess = true, DefaultParameterSetName = Existing,
    HelpUri = HelpPages.Guide + "keystore-cloudhsm.html")]
[OutputType(typeof(HsmDescription))]
public sealed class AddKmsHsmCommand : KmsCmdlet
{
    private const string Existing = "Existing";
    private const string Cloned = "Clone";
    private const string ByUri = "Uri";

    private bool _isLabelAlone;
    private bool _isLibraryGiven;

    /// <summary>The cluster.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("CloudHsmClusterId")]
    [ClusterArgument]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    [ValidateNotNullOrEmpty]
    public string ClusterId { get; set; } = "";

    /// <summary>The label of the token, which no other HSM of the cluster has.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = Existing)]
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = Cloned)]
    [HsmArgument]
    [ArgumentCompleter(typeof(HsmTokenCompleter))]
    [ValidateNotNullOrEmpty]
    public string TokenLabel { get; set; } = "";

    /// <summary>
    /// The PKCS#11 URI (RFC 7512) of the token, in quotes: 'pkcs11:token=second;serial=0002?module-path=/path/to/library.so'. Without
    /// module-path it is one of the cluster's library. It may have the label of another HSM of the cluster, whose serial number is another
    /// one. Where the cluster was registered with -ManagePassword, the file that pin-source names holds the password that the crypto user
    /// has now.
    /// </summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByUri)]
    [HsmUriArgument]
    [ArgumentCompleter(typeof(HsmUriCompleter))]
    [ValidateNotNullOrEmpty]
    public string Uri { get; set; } = "";

    /// <summary>The PKCS#11 library of the HSM. The default is that of the cluster.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true, ParameterSetName = Existing)]
    [HsmLibraryArgument]
    [ValidateNotNullOrEmpty]
    public string? Library { get; set; }

    /// <summary>The serial number of the token. Not required where no other token of the library has the label.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = Existing)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? SerialNumber { get; set; }

    /// <summary>
    /// The current password of the crypto user of the HSM. Only for a cluster that was registered with -ManagePassword, whose password only
    /// the store knows: the HSM gets that password.
    /// </summary>
    [Parameter(ParameterSetName = Existing)]
    [Parameter(ParameterSetName = ByUri)]
    [PinTransformation]
    public SecureString? KeyStorePassword { get; set; }

    /// <summary>
    /// Creates the HSM: a new token with this label, as a clone of an HSM of the cluster, including the keys that cannot leave the others.
    /// For SoftHSM.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = Cloned)]
    public SwitchParameter Clone { get; set; }

    private protected override object? Subject => ClusterId;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();

        // An object that comes through the pipeline may be of another token than the one whose label is given.
        _isLabelAlone = IsBound(nameof(TokenLabel)) && !IsBound(nameof(SerialNumber));
        _isLibraryGiven = IsBound(nameof(Library));
    }

    private protected override void Process()
    {
        HsmCluster? cluster;
        using (IStateReader state = Engine.OpenReader())
        {
            cluster = state.FindCluster(ClusterId);
        }

        if (cluster is null)
        {
            Refuse(KmsErrorRecord.NotRegistered(Engine, ClusterId));
        }

        string? library = Library is null || (_isLabelAlone && !_isLibraryGiven)
            ? null
            : HsmLibraryCmdlet.ResolveLibrary(Library, ResolvePath);
        string? uri = ParameterSetName == ByUri ? Uri
            : ParameterSetName == Existing && !_isLabelAlone && !string.IsNullOrEmpty(SerialNumber)
                ? HsmUri.Of(library ?? cluster.Library, new TokenSelector { Label = TokenLabel, SerialNumber = SerialNumber })
                : null;
        if (!ConfirmAction($"Add the HSM '{(uri is null ? TokenLabel : HsmUri.WithoutPin(uri))}' to {ClusterId}"))
        {
            return;
        }

        CallProgress progress = new(this, $"Adding an HSM to {ClusterId}");
        KmsEngine engine = Engine;
        Caller caller = LocalCaller;
        bool isCloned = Clone;
        HsmAddition added = progress.Run(() =>
        {
            if (isCloned)
            {
                return engine.HsmRestorer.AddClone(ClusterId, TokenLabel, caller, progress.Observer);
            }

            using Secret? password = KeyStorePassword is null ? null : PinnedText.Utf8(KeyStorePassword);
            return uri is not null
                ? engine.HsmMembers.AddUri(ClusterId, uri, password, caller, progress.Observer)
                : engine.HsmMembers.Add(ClusterId, TokenLabel, library, password, caller, progress.Observer);
        });
        if (added.CopiedLater is not null)
        {
            WriteWarning(added.CopiedLater);
        }

        if (added.Shortfall is not null)
        {
            WriteWarning(added.Shortfall);
        }
        else if (added.Synchronization is { } copies)
        {
            WriteVerbose($"{copies.Copied} keys were copied to HSM {added.Hsm.TokenLabel}, which held {copies.AlreadyThere} already.");
        }

        WriteObject(added.Hsm);
    }
}
