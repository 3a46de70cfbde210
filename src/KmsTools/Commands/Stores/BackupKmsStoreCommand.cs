using System.Management.Automation;
using KmsTools.Files;
using KmsTools.Labs;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Backs up the store of this session to one encrypted file, while sessions and endpoints go on using the store.</summary>
/// <remarks>
/// The backup has every change that was answered before it began: keys with their material, the root key, the event log, principals, and
/// the backups of HSM clusters that the store keeps. Keys in HSMs themselves are in the HSMs and in their backups (Backup-KmsHsmCluster).
/// It is encrypted (AES-256-GCM) to a passphrase or a recovery key; without either, what opens a sealed store opens its backup. The file is
/// read back and compared before it gets its name, and no existing file is replaced without -Force. Without what opens it, a backup is
/// lost: another key to it cannot be made. A key that is deleted later, or whose imported material expires, is still in the backup, and
/// whoever restores the backup and has what opens it has the key until its deletion is carried out again. To delete a key for good, delete
/// the backups that were made before, too. A store in a PostgreSQL database is backed up to the same kind of file, by a copy in the folder
/// of this machine, which is deleted afterwards: it needs room for the store there. pg_dump and the backups of the database server have the
/// rows only: not the root key file of a store that is not sealed, without which nothing in them can be decrypted, and not the copies of
/// tokens in the folders of machines. Keep a copy of the root key file elsewhere before you rely on them. See about_KmsTools_Backups.
/// </remarks>
/// <example>
/// <code>
/// Backup-KmsStore ./lab.kmsbackup -Passphrase (Read-Host -AsSecureString)
/// </code>
/// <para>Backs up the store to a new file that a passphrase opens.</para>
/// </example>
/// <example>
/// <code>
/// Backup-KmsStore ./lab.kmsbackup -PassphraseFile ./passphrase.txt -Force
/// </code>
/// <para>Replaces the file, once the new backup is verified, without a prompt: for scheduled scripts.</para>
/// </example>
[Cmdlet(VerbsData.Backup, "KmsStore", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "data-protection.html")]
[OutputType(typeof(StoreBackup))]
public sealed class BackupKmsStoreCommand : BackupFileCmdlet
{
    /// <summary>Replaces an existing file, once the new backup is written and verified.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Process()
    {
        KmsEngine engine = Engine;
        string file = ResolvePath(Path);
        using BackupSecrets secrets = ReadSecrets();
        if (secrets.Openers.Count == 0 && engine.RootKey.ReadSeal() is null)
        {
            throw new ArgumentException(
                "The store is not sealed, so nothing is known that is to open its backup. Give -Passphrase or -RecoveryKey, or a file with "
                    + "either: -PassphraseFile, -RecoveryKeyFile.");
        }

        if (secrets.Openers.Count == 0 && engine.RootKey.ReadSeal() is { } seal
            && StoreWarnings.OfBackup(seal, Connection.Folder) is { } warning)
        {
            string beside = System.IO.Path.GetDirectoryName(file)!;
            WriteWarning(
                $"{warning} Give -Passphrase or -RecoveryKey, or a file with either. Or keep a copy of its lab beside the backup, where "
                    + "Restore-KmsStore finds it: Copy-Item "
                    + $"{QuotedText.Of(SoftHsmLab.LabOf(Connection.Folder))} {QuotedText.Of(beside)} -Recurse -Force");
        }

        if (!Force && File.Exists(file))
        {
            Refuse(new ErrorRecord(
                new IOException($"'{file}' exists already. Nothing was written."), "DestinationExists", ErrorCategory.ResourceExists, Path)
            {
                ErrorDetails = new ErrorDetails($"'{file}' exists already. Nothing was written.")
                {
                    RecommendedAction = "Choose another name. -Force replaces the file once the new backup is verified.",
                },
            });
        }

        string replaces = Force && File.Exists(file) ? ", which replaces the file that is there" : "";
        if (ConfirmAction($"Back up the store in {Connection.Location} to '{file}'{replaces}"))
        {
            Caller caller = LocalCaller;
            WriteObject(Run("Backing up the store", () => new StoreBackups(engine).Create(file, secrets.Openers, Force, caller)));
        }
    }
}
