using System.Management.Automation;
using System.Security;
using KmsTools.Binding;
using KmsTools.KeyStores;
using KmsTools.Labs;
using KmsTools.Loading;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>What cmdlets about a backup of a store have in common: the file, and what opens it.</summary>
public abstract class BackupFileCmdlet : KmsCmdlet
{
    /// <summary>The file with the backup. It ends in any way; .kmsbackup is a good one.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "FilePath")]
    [ValidateNotNullOrEmpty]
    [PathArgument]
    public string Path { get; set; } = "";

    /// <summary>The passphrase that opens the backup, used as it is, byte for byte in UTF-8.</summary>
    [Parameter]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>A file with the passphrase, which only its owner can read.</summary>
    [Parameter]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PassphraseFile { get; set; }

    /// <summary>The recovery key that opens the backup. Capitals, hyphens and spaces make no difference.</summary>
    [Parameter]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? RecoveryKey { get; set; }

    /// <summary>A file with the recovery key, which only its owner can read.</summary>
    [Parameter]
    [PathArgument("RecoveryKeyFile")]
    [ValidateNotNullOrEmpty]
    public string? RecoveryKeyFile { get; set; }

    private protected override object? Subject => Path;

    /// <summary>Makes a call about the file.</summary>
    private protected T Run<T>(string activity, Func<T> call)
    {
        try
        {
            return new CallProgress(this, activity).Run(call);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            Refuse(KmsErrorRecord.NothingMatches(Path, isName: false));
            throw;
        }
        catch (StateStoreException exception) when (exception.InnerException is SealException seal)
        {
            Refuse(NotOpened(exception, seal));
            throw;
        }
    }

    private protected BackupSecrets ReadSecrets() => new BackupSecrets()
        .WithPassphrase(Passphrase, PassphraseFile, ResolvePath)
        .WithRecoveryKey(RecoveryKey, RecoveryKeyFile, ResolvePath);

    /// <summary>The lab with the HSM that opens the backup.</summary>
    private protected LabOfSeal FindLab(string? named, string? store) =>
        LabOfSeal.OfBackup(named is null ? null : ResolvePath(named), ResolvePath(Path), store);

    private protected static StoreRestorer CreateRestorer() => new(
        DependencyLoadContext.CreateStoreFactory(),
        static () => DependencyLoadContext.HsmProvider,
        static () => DependencyLoadContext.SignatureProvider);

    private ErrorRecord NotOpened(StateStoreException error, SealException seal) => new(
        error, $"Backup{seal.Fault}", ErrorCategory.AuthenticationError, Path)
    {
        ErrorDetails = new ErrorDetails(error.Message)
        {
            RecommendedAction = seal.Fault switch
            {
                SealFault.WrongPassphrase => "Try again. -RecoveryKey opens a backup that was made with one, too.",
                SealFault.WrongRecoveryKey => "A backup keeps the recovery key that it was made with. Find that one.",
                SealFault.HsmUnavailable when seal.InnerException is HsmException { Cause: ErrorCause.MissingToken } missing
                    && SoftHsmLab.IsLibrary(missing.Library) =>
                    "-LabFolder names the folder softhsm of the store that was backed up, or a copy of it. Or give what else opens the "
                        + "backup.",
                SealFault.WrongHsmKey or SealFault.HsmUnavailable => "Make the HSM available, or give what else opens the backup.",
                _ => "Test-KmsStoreBackup shows what opens a backup.",
            },
        },
    };
}
