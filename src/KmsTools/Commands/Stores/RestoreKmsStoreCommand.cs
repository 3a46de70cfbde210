using System.Management.Automation;
using System.Security;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Labs;
using KmsTools.Persistence;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Makes a store from a backup, in a new folder, in place of a store, or in a PostgreSQL database.</summary>
/// <remarks>
/// The store is made in a folder beside and verified; then it gets its name in one step, so that whatever happens either the former store
/// is there or the restored one. A store that is there needs -Force, or the answer to a question. It is kept as a whole: its folder gets
/// .before-restore- and the time behind its name. Sessions and endpoints that have it open refuse to go on: connect again, and start
/// endpoints again. If the backup is of a sealed store, what opens the backup opens the restored store. Everything is as it was when the
/// backup was made. Keys that were deleted since are there again, and with them their aliases, grants and policies; changes made since are
/// not. Deletions and expiries that fell due since the backup are carried out when the store is first used. On the real clock, after more
/// than an hour without proof of how much time has passed, they wait for Confirm-KmsClock. A key in an HSM whose object was destroyed since
/// does not come back: Get-KmsOrphanedKeyMaterial shows it. Objects of keys made since stay in the HSMs; the restored store does not know
/// them, and counts them among those that it has not made (Get-KmsOrphanedKeyMaterial -Verbose). The event log ends with the backup, and
/// goes on with the event RestoreStore. See about_KmsTools_Backups. With -ConnectionString the store is made in a database that
/// Initialize-KmsDatabase has prepared and that has no store, whether it was one in a folder or in a database when it was backed up. It is
/// there as a whole, or nothing of it. The root key is in a new file, unless the backup is of a sealed store. A backup that only the HSM of a
/// lab opens needs the token of the lab: of the store that is replaced, of the store of this session, or of a copy of its folder softhsm, which
/// is found beside the backup, and which -LabFolder names anywhere else. The restored store has the lab that is in the backup.
/// </remarks>
/// <example>
/// <code>
/// Restore-KmsStore ./lab.kmsbackup ./restored -Passphrase (Read-Host -AsSecureString)
/// Connect-Kms ./restored
/// </code>
/// <para>Restores the store to a new folder, and uses it.</para>
/// </example>
/// <example>
/// <code>
/// Restore-KmsStore ./lab.kmsbackup ./lab -PassphraseFile ./passphrase.txt -Force
/// </code>
/// <para>Replaces the store in ./lab without a question, and keeps the former one under another name.</para>
/// </example>
/// <example>
/// <code>
/// Restore-KmsStore ./lab.kmsbackup -ConnectionString 'Host=db1.example.com;Database=kms' -PassphraseFile ./passphrase.txt -WhatIf
/// </code>
/// <para>Shows what would be restored to a database.</para>
/// </example>
/// <example>
/// <code>
/// Restore-KmsStore ./lab.kmsbackup ./restored -PinFile ./pin.txt -LabFolder ./kept/softhsm
/// </code>
/// <para>
/// Opens the backup with the HSM of a lab, of which there is a copy. The restored store has the HSM in its folder: Connect-Kms ./restored and
/// Unlock-KmsStore -PinFile ./pin.txt open it.
/// </para>
/// </example>
[Cmdlet(
    VerbsData.Restore,
    "KmsStore",
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = FolderSet,
    HelpUri = HelpPages.Guide + "data-protection.html")]
[OutputType(typeof(StoreRestoration))]
public sealed class RestoreKmsStoreCommand : BackupFileCmdlet
{
    private const string FolderSet = "Folder";
    private const string DatabaseSet = "Database";

    /// <summary>The folder of the store: a new or empty one, or one with a store that is to be replaced.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = FolderSet)]
    [PathArgument("Store")]
    [ValidateNotNullOrEmpty]
    public string? Store { get; set; }

    /// <summary>The database in which the store is to be, as Connect-Kms takes it. It has no store.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DatabaseSet)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? ConnectionString { get; set; }

    /// <summary>
    /// The new file for the root key of the store in the database, which only its owner can read. The default is the file that the variable
    /// KMSTOOLS_ROOT_KEY_FILE names. A sealed store needs none.
    /// </summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [PathArgument("RootKeyFile")]
    [ValidateNotNullOrEmpty]
    public string? RootKeyFile { get; set; }

    /// <summary>A file with the password of the database, as Connect-Kms takes it.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PasswordFile { get; set; }

    /// <summary>The folder for what only this machine has of the store in the database, as Connect-Kms takes it.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? LocalFolder { get; set; }

    /// <summary>The PIN of the HSM that opens the backup of a store which the HSM sealed.</summary>
    [Parameter]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? Pin { get; set; }

    /// <summary>A file with the PIN of the HSM, which only its owner can read.</summary>
    [Parameter]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PinFile { get; set; }

    /// <summary>
    /// The folder softhsm of a store with a lab (Initialize-KmsHsm -Lab), or a copy of it, wherever it is: its HSM opens the backup. Nothing
    /// is written to a copy. Without it, the HSM is looked for in the lab of the folder of the store, in that of
    /// the store of this session, and in a folder softhsm beside the backup.
    /// </summary>
    [Parameter]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? LabFolder { get; set; }

    /// <summary>Skips the confirmation prompt: a store that is in the folder is replaced, and kept under another name.</summary>
    [Parameter(ParameterSetName = FolderSet)]
    public SwitchParameter Force { get; set; }

    private protected override void Process()
    {
        StoreChoice.RequireFolder(Store, "-Store", "Give it with -ConnectionString.");
        string file = ResolvePath(Path);
        StateStoreOptions? database = ReadDatabase();
        string folder = database is null
            ? System.IO.Path.TrimEndingDirectorySeparator(ResolvePath(Store!))
            : StoreChoice.Location(database);
        using BackupSecrets secrets = ReadSecrets().WithPin(
            Pin, PinFile, FindLab(LabFolder, database?.Folder ?? folder), ResolvePath);
        StoreRestorer restorer = CreateRestorer();
        StoreBackup backup = Run("Reading the backup", () => restorer.Read(file));
        if (secrets.Openers.Count == 0)
        {
            throw new ArgumentException(
                $"Give what opens the backup ({string.Join(", ", backup.OpenedBy)}): -Passphrase, -RecoveryKey or -Pin, or a file with it.");
        }

        bool replaces = database is null && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any();
        string act = $"Restore the store as of {backup.CreationDate:yyyy-MM-dd'T'HH:mm:ss'Z'} to {folder}";

        // Nothing is lost where nothing is: only a replacement is asked about.
        if (replaces
            ? ConfirmAction(
                $"{act}. The store that is there is set aside, its changes since are not in the restored one, and whoever uses it is stopped",
                Force)
            : !IsWhatIf || ConfirmAction(act))
        {
            Caller caller = Caller.LocalUser(Identifiers.AccountId.Parse(backup.AccountId));
            StoreRestoration restored = Run("Restoring the store", () => database is null
                ? restorer.Restore(file, folder, secrets.Open, replaces, caller)
                : restorer.RestoreToDatabase(file, database, secrets.Open, caller));
            WriteObject(restored);
            Warn(restored);
        }
    }

    private StateStoreOptions? ReadDatabase() => ConnectionString is null
        ? null
        : StoreChoice.OfDatabase(ConnectionString, RootKeyFile, PasswordFile, LocalFolder, ResolvePath);

    private void Warn(StoreRestoration restored)
    {
        if (restored.Damages > 0)
        {
            WriteWarning($"{StoreWarnings.Damaged} Connect-Kms and Test-KmsStore show what is damaged.");
        }

        if (StoreWarnings.OfPasswords(restored) is { } newer)
        {
            WriteWarning($"{newer} Then run Update-KmsCustomKeyStore -KeyStorePassword.");
        }

        if (KmsSession.Find() is { } connection && connection.Path == restored.Path)
        {
            WriteWarning(
                $"This session still has the former store open, and cannot use it any more. Connect again: Connect-Kms '{restored.Path}'");
        }
    }
}
