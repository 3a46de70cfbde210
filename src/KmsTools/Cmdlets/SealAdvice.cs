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
        SealFault.WrongPassphrase => Others(error, SealSlotKind.PASSPHRASE) is { Length: > 0 } others
            ? $"Try again. If the passphrase is lost: {others}, then Protect-KmsStore."
            : "Try again. Nothing else opens the store.",
        SealFault.WrongRecoveryKey => "Each Protect-KmsStore makes another recovery key. Find the one of the last.",
        SealFault.WrongHsmKey or SealFault.HsmUnavailable => OfHsm(
            error.InnerException?.InnerException as HsmException, Others(error, SealSlotKind.HSM)),
        SealFault.NoSuchSlot => "Give what the store was sealed with: Get-Help Unlock-KmsStore -Parameter *",
        SealFault.NewerVersion => "Use the version of KmsTools that made it, or a later one.",
        _ => "Restore root.key from a backup of the folder of the store, or the database of a shared store.",
    };

    private static string OfHsm(HsmException? error, string others)
    {
        bool isPin = error is { Failure: HsmFailure.InvalidCredentials or HsmFailure.UserLockedOut };
        string pin = isPin ? $"{Advice.Of(error!)} " : "";
        return others.Length > 0 ? $"{pin}Without the HSM: {others}"
            : isPin ? $"{pin}Nothing else opens the store."
            : "Nothing else opens the store: make the HSM available with what it held when the store was sealed, or restore the store from "
                + "a backup that something else opens, with Restore-KmsStore.";
    }

    // Only what this seal has: a way that it lacks would be tried in vain, at the worst moment.
    private static string Others(Exception error, SealSlotKind given) => string.Join(
        ", or ",
        ((error.InnerException as SealException)?.OpenedBy ?? [])
            .Where(kind => kind != given)
            .Select(static kind => kind switch
            {
                SealSlotKind.PASSPHRASE => "Unlock-KmsStore (Read-Host -AsSecureString)",
                SealSlotKind.RECOVERY_KEY => "Unlock-KmsStore -RecoveryKey (Read-Host -AsSecureString)",
                _ => "Unlock-KmsStore -Pin (Read-Host -AsSecureString)",
            }));
}
