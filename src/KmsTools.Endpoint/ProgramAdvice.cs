using KmsTools.Http;
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
        StateStoreException { LostChanges: not null } =>
            "To serve the store without what is missing, which cannot be undone: --accept-lost-changes.",
        StateStoreException { SealFault: SealFault.Locked } =>
            "To unlock it: --passphrase-file, --seal-pin-file or --recovery-key-file, or a credential of systemd.",
        StateStoreException { SealFault: SealFault.WrongPassphrase or SealFault.HsmUnavailable or SealFault.WrongHsmKey } =>
            "--recovery-key-file unlocks the store too.",
        PrivateKeyMissingException => "Give the file of its key with --certificate-key.",
        _ => null,
    };
}
