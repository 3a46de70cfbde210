using System.Management.Automation;
using System.Security;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Cryptography;
using KmsTools.Loading;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>
/// Copies a whole store: from a folder into a PostgreSQL database that several machines share, back, or to another of a kind.
/// </summary>
/// <remarks>
/// The copy is the same store: its ID, its keys with their material, aliases, grants, policies, principals, access keys, alarms, settings,
/// all events with the hashes that chain them, and the copies of tokens that Backup-KmsHsmCluster has made. What the store has encrypted,
/// the copy decrypts; heads of the event log that were exported before still verify. The copy is as the store was at one moment. Sessions
/// and endpoints go on using the store, and it is not changed: what they change afterwards is not in the copy. To move a store, stop what
/// uses it first, and let nothing use the former one again. Two copies that are both used become two stores with the same keys. Everything
/// is verified: the MAC of each record, the numbers of records, each secret, and each chain of events, in the store and in the copy. A
/// damaged store is not copied (Test-KmsStore). A destination has no store: a new or empty folder, or a database that
/// Initialize-KmsDatabase has prepared. The copy is there as a whole, or nothing of it: a folder gets its name in one step, and a database
/// is filled in one transaction. The event CopyStore in the copy says where it came from. A sealed store stays sealed, by what opens it.
/// Otherwise the root key is in the folder, or in a new file on this machine (-DestinationRootKeyFile), which every other machine that uses
/// the database needs a copy of. See about_KmsTools_SharedStore.
/// </remarks>
/// <example>
/// <code>
/// Copy-KmsStore -Destination ./copy
/// Connect-Kms ./copy
/// </code>
/// <para>Copies the store of this session, wherever it is, to a new folder, and uses the copy.</para>
/// </example>
/// <example>
/// <code>
/// Copy-KmsStore ./lab 'Host=db1.example.com;Database=kms;Username=kms_app' -DestinationRootKeyFile ./kms.rootkey -WhatIf
/// </code>
/// <para>Shows how the store in a folder would be brought into a database, from where several machines use it.</para>
/// </example>
/// <example>
/// <code>
/// Copy-KmsStore -ConnectionString 'Host=db1.example.com;Database=kms' -RootKeyFile ./kms.rootkey -Destination ./lab -WhatIf
/// </code>
/// <para>Shows how it would be brought back.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Copy,
    "KmsStore",
    SupportsShouldProcess = true,
    DefaultParameterSetName = PathSet,
    HelpUri = HelpPages.Guide + "data-protection.html")]
[OutputType(typeof(StoreCopy))]
public sealed class CopyKmsStoreCommand : KmsCmdlet
{
    private const string PathSet = "Path";
    private const string DatabaseSet = "Database";

    /// <summary>The folder of the store that is copied. The default is the store of this session, in a folder or in a database.</summary>
    [Parameter(Position = 0, ParameterSetName = PathSet)]
    [Alias("PSPath", "FullName")]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The database of the store that is copied, as Connect-Kms takes it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DatabaseSet)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? ConnectionString { get; set; }

    /// <summary>
    /// Where the copy is to be: a folder that does not exist or is empty; or the connection string of a database without a store, such as
    /// 'Host=db1;Database=kms;Username=kms_app', that Initialize-KmsDatabase has prepared.
    /// </summary>
    [Parameter(Mandatory = true, Position = 1)]
    [PathArgument("Destination")]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>
    /// The file with the root key of the store in the database that is copied. The default is the file that the variable
    /// KMSTOOLS_ROOT_KEY_FILE names. A sealed store needs none.
    /// </summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [PathArgument("RootKeyFile")]
    [ValidateNotNullOrEmpty]
    public string? RootKeyFile { get; set; }

    /// <summary>A file with the password of the database that is copied, as Connect-Kms takes it.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PasswordFile { get; set; }

    /// <summary>The folder for what only this machine has of the store in the database that is copied, as Connect-Kms takes it.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? LocalFolder { get; set; }

    /// <summary>
    /// The new file for the root key of a copy in a database, which only its owner can read. The default is the file that the variable
    /// KMSTOOLS_ROOT_KEY_FILE names. A sealed store needs none.
    /// </summary>
    [Parameter]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? DestinationRootKeyFile { get; set; }

    /// <summary>A file with the password of the database that the copy is to be in, as Connect-Kms -PasswordFile.</summary>
    [Parameter]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? DestinationPasswordFile { get; set; }

    /// <summary>The folder for what only this machine has of a copy in a database, as Connect-Kms -LocalFolder.</summary>
    [Parameter]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? DestinationLocalFolder { get; set; }

    /// <summary>The passphrase that opens the store, if it is sealed. The store of this session is open already.</summary>
    [Parameter]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>A file with the passphrase, which only its owner can read.</summary>
    [Parameter]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PassphraseFile { get; set; }

    private protected override object? Subject => Destination;

    private protected override void Process()
    {
        using Secret? passphrase = SealSecrets.Read(Passphrase, PassphraseFile, "passphrase", ResolvePath);
        StateStoreOptions from = ReadSource(passphrase, out Caller? caller);
        StateStoreOptions to = ReadDestination();
        if (!ConfirmAction($"Copy the store in {StoreChoice.Location(from)} to {StoreChoice.Location(to)}"))
        {
            return;
        }

        StoreCopier copier = new(
            DependencyLoadContext.CreateStoreFactory(),
            static () => DependencyLoadContext.HsmProvider,
            static () => DependencyLoadContext.SignatureProvider);
        CallProgress progress = new(this, "Copying the store");
        Action<string>? observe = progress.Observer.Progress;
        WriteObject(progress.Run(() => copier.Copy(from, to, caller, observe)));
    }

    private StateStoreOptions ReadSource(Secret? passphrase, out Caller? caller)
    {
        caller = null;
        Func<Seal, SealKey>? unlock = passphrase is null ? null : seal => seal.Open(SealSecrets.Opener(passphrase));
        if (ConnectionString is not null)
        {
            return StoreChoice.OfDatabase(ConnectionString, RootKeyFile, PasswordFile, LocalFolder, ResolvePath) with { Unlock = unlock };
        }

        if (Path is not null)
        {
            StoreChoice.RequireFolder(Path, "-Path", "Give it with -ConnectionString.");
            return new StateStoreOptions { Folder = ResolvePath(Path), Unlock = unlock };
        }

        if (passphrase is not null)
        {
            throw new ArgumentException(
                "The store of this session is open already: a passphrase opens the one of -Path or -ConnectionString.");
        }

        KmsEngine engine = Engine;
        caller = LocalCaller;
        return Connection.Options with { Unlock = _ => engine.RootKey.CopySealKey()! };
    }

    private StateStoreOptions ReadDestination()
    {
        if (SharedStoreOptions.IsConnectionString(Destination))
        {
            return StoreChoice.OfDatabase(
                Destination, DestinationRootKeyFile, DestinationPasswordFile, DestinationLocalFolder, ResolvePath);
        }

        StoreChoice.RequireFolder(Destination, "-Destination", "A connection string names a Host.");
        return (DestinationRootKeyFile ?? DestinationPasswordFile ?? DestinationLocalFolder) is not null
            ? throw new ArgumentException(
                "-Destination is a folder: the root key file, the password file and the local folder are those of a database.")
            : new StateStoreOptions { Folder = ResolvePath(Destination) };
    }
}
