using System.Management.Automation;
using KmsTools.KeyStores;
using KmsTools.Sealing;

namespace KmsTools.Commands;

/// <summary>What a user of PowerShell can do about a store whose seal was not opened.</summary>
internal static class SealAdvice
{
    /// <summary>The record of such an error.</summary>
    /// <param name="error">The error.</param>
    /// <param name="fault">Why the seal was not opened.</param>
    /// <param name="target">What the user has given.</param>
    public static ErrorRecord Record(Exception error, SealFault fault, object? target) => new(
        error,
        fault == SealFault.Locked ? "StoreSealed" : $"Seal{fault}",
        fault is SealFault.WrongPassphrase or SealFault.WrongRecoveryKey or SealFault.WrongHsmKey ? ErrorCategory.AuthenticationError
            : fault is SealFault.Damaged or SealFault.ForeignSlot ? ErrorCategory.InvalidData
            : ErrorCategory.ResourceUnavailable,
        target)
    {
        // Any cmdlet meets this one, and its user may have never heard of seals.
        ErrorDetails = new ErrorDetails(fault == SealFault.Locked ? $"{error.Message} Unlock it: Unlock-KmsStore" : error.Message)
        {
            RecommendedAction = Of(fault, error),
        },
    };

    private static string Of(SealFault fault, Exception error) => fault switch
    {
        SealFault.Locked => "Unlock-KmsStore opens it, with the passphrase, the recovery key or the PIN of the HSM.",
        SealFault.WrongPassphrase =>
            "Try again. If the passphrase is lost: Unlock-KmsStore -RecoveryKey (Read-Host -AsSecureString), then Protect-KmsStore.",
        SealFault.WrongRecoveryKey => "Each Protect-KmsStore makes another recovery key. Find the one of the last.",
        SealFault.WrongHsmKey or SealFault.HsmUnavailable =>
            (error.InnerException?.InnerException is HsmException { Failure: HsmFailure.InvalidCredentials or HsmFailure.UserLockedOut } pin
                ? Advice.Of(pin) + " "
                : "") + "Without the HSM: Unlock-KmsStore -RecoveryKey (Read-Host -AsSecureString)",
        SealFault.NoSuchSlot => "Give what the store was sealed with: Get-Help Unlock-KmsStore -Parameter *",
        SealFault.NewerVersion => "Use the version of KmsTools that made it, or a later one.",
        _ => "Restore root.key from a backup of the folder of the store, or the database of a shared store.",
    };
}
