using KmsTools.Files;
using KmsTools.Http;
using KmsTools.KeyStores;
using KmsTools.Labs;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools.Endpoint;

/// <summary>What a user of this program can do about an error, in terms of its command line.</summary>
internal static class ProgramAdvice
{
    /// <summary>The message of an error, followed by what to do about it if a command-line option can resolve it.</summary>
    public static string Explain(Exception error) => Of(error) is { } advice ? $"{error.Message} {advice}" : error.Message;

    private static string? Of(Exception error) => error switch
    {
        StoreClockException { Cause: ErrorCause.RealClock } => "Give --simulated-clock with the command that creates a store.",
        StateStoreException { LostChanges: not null } or StateStoreException { HasLostEvents: true } =>
            Examine(error) + "To serve the store without what is missing, which cannot be undone: --accept-lost-changes.",
        StateStoreException { RefusedFolder: not null } => Examine(error).TrimEnd(),
        StateStoreException { SealFault: SealFault.Locked } =>
            "To unlock it: --passphrase-file, --seal-pin-file or --recovery-key-file, or a credential of systemd.",
        StateStoreException { SealFault: SealFault.WrongPassphrase, InnerException: SealException seal } =>
            Others(seal, SealSlotKind.PASSPHRASE),
        StateStoreException { SealFault: SealFault.HsmUnavailable or SealFault.WrongHsmKey, InnerException: SealException seal } =>
            Others(seal, SealSlotKind.HSM),
        StateStoreException
        {
            SealFault: null,
            InnerException: SealException { InnerException: HsmException { Cause: ErrorCause.MissingToken } missing },
        } when SoftHsmLab.IsLibrary(missing.Library) =>
            "--lab-folder names the folder softhsm of the store that was backed up, or a copy of it.",
        StateStoreException { SharedFault: { } fault } => Of(fault),
        PrivateKeyMissingException => "Give the file of its key with --certificate-key.",
        _ => null,
    };

    // Of a store in a folder.
    private static string Examine(Exception error) => (error as StateStoreException)?.RefusedFolder is { } folder
        ? $"In PowerShell, Test-KmsStore -Path {QuotedText.Of(folder)} shows what is damaged. "
        : "";

    private static string? Others(SealException seal, SealSlotKind given)
    {
        string[] options =
        [
            .. seal.OpenedBy.Where(kind => kind != given).Select(static kind => kind switch
            {
                SealSlotKind.PASSPHRASE => "--passphrase-file",
                SealSlotKind.RECOVERY_KEY => "--recovery-key-file",
                _ => "--seal-pin-file",
            }),
        ];
        return options.Length == 0 ? null : $"{string.Join(" or ", options)} unlocks the store too.";
    }

    private static string? Of(SharedStoreFault fault) => fault switch
    {
        SharedStoreFault.AccessDenied =>
            "Check the Username, and the password: --password-file, PGPASSWORD or ~/.pgpass. init-database --role gives a role the rights.",
        SharedStoreFault.PasswordInConnectionString => "Write it to a file that only you can read: --password-file. Then change it.",
        SharedStoreFault.NotInitialized => "Make the tables as the owner of the database: init-database --postgres ... --role ...",
        SharedStoreFault.OlderSchema => "Once all machines have this version, as the owner of the database: init-database --postgres ...",
        SharedStoreFault.NewerSchema => "Install the version of KmsTools that the other machines have.",
        SharedStoreFault.NoStore => "new-access-key makes the store.",
        SharedStoreFault.RootKeyFileMissing =>
            "Give it with --root-key-file, that of a copy with --to-root-key-file: a new file for a new store, and otherwise a copy of the "
                + "file of a machine that uses the store.",
        SharedStoreFault.OtherRootKey => "Give the root key file of this store: --root-key-file.",
        SharedStoreFault.OlderRootKey =>
            "The root key was rotated since: copy the root key file again from a machine that uses the store.",
        _ => null,
    };
}
