using KmsTools.EnvelopeEncryption;
using KmsTools.Estates;

namespace KmsTools.Commands;

/// <summary>What a user of PowerShell can do about files that cannot be used, and about the clock that they may require.</summary>
internal static class FileAdvice
{
    private const string GetAnother = "Get another copy: this one was damaged or changed.";
    private const string NotOurs = "Check that this is the file that was meant, and that it is complete.";

    /// <summary>What to do about a message that cannot be opened or created.</summary>
    public static string Of(EnvelopeException error) => (error.Failure, error.Cause) switch
    {
        (_, ErrorCause.Uncommitted) => "Decrypt it with an AWS Encryption SDK whose commitment policy allows it, and protect the "
            + "plaintext again.",
        (_, ErrorCause.FrameTooLong or ErrorCause.TooManyIVs) => "Decrypt it with an AWS Encryption SDK, and protect the plaintext again.",
        (_, ErrorCause.TooManyFrames) => "Give a longer -FrameLength.",
        (_, ErrorCause.OtherKeysNamed) => "Name one of the keys that the message is for with -KeyId.",
        (EnvelopeFailure.NotAMessage or EnvelopeFailure.UnsupportedAlgorithmSuite or EnvelopeFailure.TooLong, _) => NotOurs,
        (EnvelopeFailure.MessageInBase64, _) =>
            "Decode it first: [IO.File]::WriteAllBytes('decoded', [Convert]::FromBase64String((Get-Content -Raw encoded)))",
        (EnvelopeFailure.TooManyEncryptedDataKeys, _) =>
            "-MaxEncryptedDataKey allows more of them. Do so only for a sender you trust: each may cost a call of KMS.",
        (EnvelopeFailure.NoMatchingKey, _) => "Connect-Kms opens the store that has its keys; -Region reaches another Region.",
        (EnvelopeFailure.NoUsableKey, _) => "Get-KmsKey shows the state of a key.",
        (EnvelopeFailure.EncryptionContextMismatch, _) =>
            "Check that this is the file that was meant: its encryption context shows what it was made for.",
        (EnvelopeFailure.ReservedEncryptionContext, _) => "Give another name in -EncryptionContext.",
        (EnvelopeFailure.KeyCommitmentMismatch, _) =>
            "Do not use the message: it was changed, or made so that several keys open it to different contents.",
        (EnvelopeFailure.Truncated, _) => "Get a complete copy.",
        _ => GetAnother,
    };

    /// <summary>What to do about an estate: the remedy for each cause in it, once, and then the import.</summary>
    public static string Of(EstateException error) => error.InnerException switch
    {
        KmsException kms => $"{Advice.Of(kms)} Then run the import again: it goes on where it ended.",
        KeyStores.HsmException hsm => $"{Advice.Of(hsm)} Then run the import again: it goes on where it ended.",
        _ => string.Join(
            ' ',
            error.Errors.Select(static each => OfCause(each.Cause)).OfType<string>().Distinct()
                .Append("Correct the lines that the message names, then run the import again.")),
    };

    /// <summary>What to do about a clock that cannot be moved as requested.</summary>
    public static string Of(StoreClockException error) => error.Cause == ErrorCause.RealClock
        ? "Connect-Kms -SimulatedClock makes a store with a simulated clock."
        : "Get-KmsClock shows the time of the store: give a later one.";

    /// <summary>What to do about the cause of an error of an estate; null where its message says everything.</summary>
    public static string? OfCause(ErrorCause cause) => cause switch
    {
        ErrorCause.SimulatedClockNeeded => "Connect-Kms -SimulatedClock makes a store with a simulated clock.",
        ErrorCause.TemporaryStoreNeeded => "Connect-Kms -Temporary makes a temporary store.",
        ErrorCause.MaterialInFile => "Import-KmsKeyMaterial imports key material into this store.",
        ErrorCause.PendingDeletion => "Stop-KmsKeyDeletion cancels the deletion of a key.",
        ErrorCause.GrantDiffers => "Revoke-KmsGrant revokes a grant.",
        ErrorCause.AlarmAction => "New-KmsAlarm -Action makes an alarm with an action.",
        ErrorCause.KeyStoreNotConnected => "Get-KmsCustomKeyStore shows the custom key store.",
        _ => null,
    };
}
