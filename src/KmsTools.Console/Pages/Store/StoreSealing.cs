using System.Text;
using KmsTools.Cryptography;
using KmsTools.Sealing;
using KmsTools.WebConsole.Sessions;

namespace KmsTools.WebConsole.Pages.Store;

/// <summary>Seals the store by a passphrase, and by a recovery key that people write down.</summary>
internal static class StoreSealing
{
    /// <summary>Seals it.</summary>
    /// <param name="session">The session of an administrator.</param>
    /// <param name="argon2id">Where Argon2id comes from.</param>
    /// <param name="passphrase">The passphrase.</param>
    /// <param name="withRecoveryKey">Whether a recovery key is made.</param>
    /// <returns>The text of the recovery key, and what could not be deleted of the former root.key; null for nothing of either.</returns>
    public static (string? RecoveryKey, string? Leftover) Seal(
        ConsoleSession session, Func<IArgon2id> argon2id, string passphrase, bool withRecoveryKey)
    {
        using Secret secret = Secret.TakeOver(Encoding.UTF8.GetBytes(passphrase));
        using RecoveryKey? recoveryKey = withRecoveryKey ? RecoveryKey.Create() : null;
        List<SealOpener> openers = [new PassphraseOpener(secret, argon2id)];
        if (recoveryKey is not null)
        {
            openers.Add(new RecoveryKeyOpener(recoveryKey));
        }

        SealedStore made = session.Administration.RootKey.Seal(openers, session.Administrator);
        return (recoveryKey?.UseText(static text => text.ToString()), made.Leftover);
    }
}
