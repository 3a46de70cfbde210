using System.Management.Automation;
using System.Security;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Cryptography;
using KmsTools.Identifiers;
using KmsTools.Persistence;
using KmsTools.Rehearsal;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Opens a store for this session, and creates it if it does not exist.</summary>
/// <remarks>
/// Without Connect-Kms the first cmdlet opens the store of the user, in ~/.local/share/kmstools (Linux), ~/Library/Application
/// Support/KmsTools (macOS) or %LOCALAPPDATA%\KmsTools (Windows). The environment variable KMSTOOLS_STORE names another folder, or the
/// connection string of a database. The store stays open when the module is removed or imported again. If Connect-Kms fails, all other
/// cmdlets refuse until it succeeds or Disconnect-Kms is run, so that no script goes on in another store; Get-KmsConnection | Connect-Kms
/// returns to the previous store.
/// </remarks>
/// <example>
/// <code>
/// Connect-Kms -Path ./lab
/// </code>
/// <para>Opens the store in a folder, and creates it if it does not exist.</para>
/// </example>
/// <example>
/// <code>
/// Connect-Kms -Temporary -SimulatedClock
/// New-KmsKey | Register-KmsKeyDeletion -PendingWindowInDay 7 -Force
/// Step-KmsClock -Days 7
/// </code>
/// <para>Rehearses something that takes a week, in a store that is deleted at the end of the session.</para>
/// </example>
/// <example>
/// <code>
/// Connect-Kms -Path ./lab -Principal arn:aws:iam::111122223333:user/alice
/// (Get-KmsConnection).Caller
/// </code>
/// <para>Makes the calls of this session as a user of the account.</para>
/// </example>
/// <example>
/// <code>
/// Connect-Kms -Path ./lab -Passphrase (Read-Host -AsSecureString)
/// </code>
/// <para>Opens a store that Protect-KmsStore has sealed.</para>
/// </example>
/// <example>
/// <code>
/// Connect-Kms -ConnectionString 'Host=db1.example.com,db2.example.com;Database=kms;Username=kms_app' -RootKeyFile ./kms.rootkey
/// </code>
/// <para>Opens a store that several machines share in a PostgreSQL database, which Initialize-KmsDatabase has prepared.</para>
/// </example>
[Cmdlet(VerbsCommunications.Connect, "Kms", DefaultParameterSetName = PathSet, HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsConnection))]
public sealed class ConnectKmsCommand : KmsCmdlet
{
    private const string PathSet = "Path";
    private const string DatabaseSet = "Database";
    private const string TemporarySet = "Temporary";

    /// <summary>The folder of the store. The default is the store of the user.</summary>
    [Parameter(Position = 0, ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    [PathArgument]
    public string? Path { get; set; }

    /// <summary>
    /// The PostgreSQL database of a store that several machines share, such as 'Host=db1;Database=kms;Username=kms_app'. Several hosts,
    /// separated by commas, are the servers of one cluster: the primary is used, and the new one after a failover. TLS with a verified
    /// certificate is the default, except on this machine. A password in it is refused: it belongs into -PasswordFile, ~/.pgpass or the
    /// variable PGPASSWORD. The first connection makes the store. about_KmsTools_SharedStore describes what is needed.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = DatabaseSet, ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? ConnectionString { get; set; }

    /// <summary>
    /// The file with the root key of the store in the database, which only its owner can read. It is made with a new store; every other
    /// machine needs a copy of it. The default is the file that the variable KMSTOOLS_ROOT_KEY_FILE names. A sealed store needs none.
    /// </summary>
    [Parameter(ParameterSetName = DatabaseSet, ValueFromPipelineByPropertyName = true)]
    [PathArgument("RootKeyFile")]
    [OptionalTextTransformation]
    public string? RootKeyFile { get; set; }

    /// <summary>
    /// A file with the password of the database, which only its owner can read. The default is the file that the variable
    /// KMSTOOLS_PASSWORD_FILE names, and then what other programs of PostgreSQL use: PGPASSWORD and ~/.pgpass.
    /// </summary>
    [Parameter(ParameterSetName = DatabaseSet, ValueFromPipelineByPropertyName = true)]
    [PathArgument]
    [OptionalTextTransformation]
    public string? PasswordFile { get; set; }

    /// <summary>
    /// The folder for what only this machine has of the store in the database, such as copies of the tokens of HSMs. The default is one
    /// per database, in the folder shared beside the store of the user.
    /// </summary>
    [Parameter(ParameterSetName = DatabaseSet, ValueFromPipelineByPropertyName = true)]
    [PathArgument]
    [OptionalTextTransformation]
    public string? LocalFolder { get; set; }

    /// <summary>
    /// Opens a store that has lost its newest changes, and goes on without them. Such a store is refused otherwise: its database was
    /// damaged or cut, or is an older copy, and the event log has events of changes that it no longer has; or the server that was replaced
    /// in a failover had changes that the new one does not have. So is a store whose whole event log is missing. Restore a backup of the
    /// whole store first, if there is one: what is accepted as lost stays lost. The event AcceptLostChanges records it, or RepairEventLog
    /// for the event log.
    /// </summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = DatabaseSet)]
    public SwitchParameter AcceptLostChanges { get; set; }

    /// <summary>
    /// Opens the seal of a store that Protect-KmsStore has sealed with a passphrase. Without it a sealed store is connected to, and all
    /// cmdlets that use it fail until Unlock-KmsStore, which also takes the recovery key or the PIN of an HSM.
    /// </summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = DatabaseSet)]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>A file with the passphrase, which only its owner can read, for sessions without a user.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = DatabaseSet)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PassphraseFile { get; set; }

    /// <summary>Creates a store that is deleted when the session ends or disconnects.</summary>
    [Parameter(Mandatory = true, ParameterSetName = TemporarySet)]
    public SwitchParameter Temporary { get; set; }

    /// <summary>
    /// Gives a new store a simulated clock, which stands still until Step-KmsClock moves it. This cannot be changed later.
    /// </summary>
    [Parameter]
    public SwitchParameter SimulatedClock { get; set; }

    /// <summary>The account of a new store, 12 digits. The default is 111122223333.</summary>
    [Parameter]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? AccountId { get; set; }

    /// <summary>The Region of a new store. The default is us-east-1.</summary>
    [Parameter]
    [TextTransformation("SystemName")]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string? Region { get; set; }

    /// <summary>Days between the rotations of AWS managed keys of a new store, 90 to 2560. The default is 1095.</summary>
    [Parameter]
    [ValidateRange(90, 2560)]
    [ArgumentCompleter(typeof(DayCountCompleter))]
    public int? AwsManagedKeyRotationPeriodInDays { get; set; }

    /// <summary>
    /// The ARN of the caller of this session's calls: a user, the session of a role, a federated user or the root user, of the account of
    /// the store or of another one. The owner of a store may be any of them. The default is the user of the operating system, as a user of
    /// the account.
    /// </summary>
    [Parameter]
    [Alias("PrincipalArn")]
    [ValidateNotNullOrEmpty]
    [PrincipalArgument]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    public string? Principal { get; set; }

    private protected override object? Subject => Path ?? ConnectionString;

    private static string WaitingText(int waiting, TimeSpan left)
    {
        string what = waiting == 1 ? "One destruction is" : $"{waiting} destructions are";
        int minutes = (int)Math.Ceiling(left.TotalMinutes);
        return $"{what} due and will happen after another {minutes} minutes of use, because this store was not open for longer than an "
            + "hour, or its clock was changed. Get-KmsClock shows what waits; Confirm-KmsClock ends the wait.";
    }

    private protected override void Process()
    {
        AwsModules.Warn(this);
        StateStoreOptions? store = null;
        KmsConnection connection;
        try
        {
            connection = Connect(store = ReadStore());
        }
        catch (Exception exception)
        {
            // What is read first of a store that was opened may be damaged too.
            if (exception is StateStoreException { IsDamage: true } damage && store is { Shared: null })
            {
                damage.RefusedFolder = System.IO.Path.GetFullPath(store.Folder);
            }

            KmsSession.Refuse("The last Connect-Kms of this session has failed. Until one succeeds, no store is used.");
            throw;
        }

        WriteObject(connection);
    }

    private StateStoreOptions ReadStore()
    {
        if (Temporary)
        {
            return new StateStoreOptions { Folder = TemporaryStoreFolder.New() };
        }

        StoreChoice.RequireFolder(Path, "-Path", "Give it with -ConnectionString.");
        return Path is not null ? new StateStoreOptions { Folder = ResolvePath(Path) }
            : ConnectionString is null ? StoreChoice.Default()
            : StoreChoice.OfDatabase(ConnectionString, RootKeyFile, PasswordFile, LocalFolder, ResolvePath);
    }

    private KmsConnection Connect(StateStoreOptions store)
    {
        CallerChoice? caller = Principal is null ? null : CallerChoice.OfPrincipal(Principal, "Connect-Kms -Principal");
        RegionName? region = Region is null ? null : RegionName.Parse(Region);
        string? warning = Path is null ? null : NewStore.Warning(store.Folder);
        using Secret? passphrase = SealSecrets.Read(Passphrase, PassphraseFile, "passphrase", ResolvePath);
        StateStoreOptions options = store with
        {
            Temporary = Temporary,
            SimulatedClock = IsBound(nameof(SimulatedClock)) ? SimulatedClock.ToBool() : null,
            AccountId = AccountId is null ? null : Identifiers.AccountId.Parse(AccountId),
            Region = region,
            AwsManagedKeyRotationPeriodInDays = AwsManagedKeyRotationPeriodInDays,
            AcceptLostChanges = AcceptLostChanges,
            Unlock = passphrase is null ? null : seal => seal.Open(SealSecrets.Opener(passphrase)),
        };
        KmsConnection connection = KmsSession.Connect(options, opened =>
        {
            if (warning is not null)
            {
                WriteWarning(warning);
            }

            WarnOf(opened, region, hasPassphrase: passphrase is not null);
        });
        connection.Callers.Given = caller;
        return connection;
    }

    private void WarnOf(KmsConnection connection, RegionName? region, bool hasPassphrase)
    {
        if (connection.IsSealed)
        {
            WriteWarning("This store is sealed. Unlock it: Unlock-KmsStore");
            return;
        }

        if (hasPassphrase && connection.Engine.RootKey.ReadSeal() is null)
        {
            WriteWarning("This store is not sealed: it was opened without the passphrase. Seal it: Protect-KmsStore");
        }

        if (region is { } name)
        {
            WarnOfRegion(name, connection);
        }

        if (connection.AuthorizationMode == AuthorizationMode.Record)
        {
            WriteWarning(
                "This store records calls that are not allowed, and lets them pass. To refuse them: Set-KmsAuthorization -Mode Enforce");
        }

        if (connection.Engine.ClockTrust.Read() is { Waiting.Length: > 0 and int waiting } clock)
        {
            WriteWarning(WaitingText(waiting, clock.UptimeLeft));
        }
    }
}
