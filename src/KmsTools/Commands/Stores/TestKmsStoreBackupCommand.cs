using System.Management.Automation;
using System.Security;
using KmsTools.Binding;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Shows what a backup of a store is, and verifies it with what opens it.</summary>
/// <remarks>
/// Without a passphrase, a recovery key or a PIN, only the head of the file is read: which store, when, and what opens the backup. With one,
/// the whole file is decrypted, so that every bit that was changed, cut off or appended is found; IsVerified says so. Nothing is restored,
/// and no store needs to be open.
/// </remarks>
/// <example>
/// <code>
/// Test-KmsStoreBackup ./lab.kmsbackup
/// </code>
/// <para>Shows what the file is, and what opens it.</para>
/// </example>
/// <example>
/// <code>
/// Test-KmsStoreBackup ./lab.kmsbackup -PassphraseFile ./passphrase.txt | Format-List
/// </code>
/// <para>Verifies the whole file, and shows all that is known of it.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "KmsStoreBackup", HelpUri = HelpPages.Guide + "data-protection.html")]
[OutputType(typeof(StoreBackup))]
public sealed class TestKmsStoreBackupCommand : BackupFileCmdlet
{
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
    /// is written to a copy. Without it, the HSM is looked for in the lab of the store of this session, and in a
    /// folder softhsm beside the backup.
    /// </summary>
    [Parameter]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? LabFolder { get; set; }

    private protected override void Process()
    {
        string file = ResolvePath(Path);
        using BackupSecrets secrets = ReadSecrets().WithPin(Pin, PinFile, FindLab(LabFolder, store: null), ResolvePath);
        bool verifies = secrets.Openers.Count > 0;
        WriteObject(Run("Verifying the backup", () => CreateRestorer().Read(file, verifies ? secrets.Open : null)));
    }
}
