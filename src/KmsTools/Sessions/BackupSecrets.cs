using System.Security;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Labs;
using KmsTools.Loading;
using KmsTools.Sealing;

namespace KmsTools.Sessions;

/// <summary>What opens a backup, as cmdlets take it. Disposing of it zeroes the secrets.</summary>
internal sealed class BackupSecrets : IDisposable
{
    private readonly List<IDisposable> _secrets = [];
    private readonly List<SealOpener> _openers = [];
    private LabOfSeal? _lab;

    /// <summary>All that was given, in the order in which it is tried.</summary>
    public IReadOnlyCollection<SealOpener> Openers => _openers;

    /// <summary>Takes a passphrase, if one was given.</summary>
    /// <exception cref="ArgumentException">Both were given, or the file cannot be used.</exception>
    public BackupSecrets WithPassphrase(SecureString? passphrase, string? file, Func<string, string> resolvePath)
    {
        if (Keep(SealSecrets.Read(passphrase, file, "passphrase", resolvePath)) is { } secret)
        {
            _openers.Add(SealSecrets.Opener(secret));
        }

        return this;
    }

    /// <summary>Takes a recovery key, if one was given.</summary>
    /// <exception cref="ArgumentException">Both were given, or the file cannot be used.</exception>
    /// <exception cref="FormatException">The recovery key has a typing error.</exception>
    public BackupSecrets WithRecoveryKey(SecureString? recoveryKey, string? file, Func<string, string> resolvePath)
    {
        using Secret? text = SealSecrets.Read(recoveryKey, file, "recovery key", resolvePath);
        if (text is not null)
        {
            _openers.Add(new RecoveryKeyOpener(Keep(RecoveryKey.Parse(text))!));
        }

        return this;
    }

    /// <summary>Takes the PIN of the HSM that opens the backup of a sealed store, if one was given, and the lab of the HSM.</summary>
    /// <exception cref="ArgumentException">Both were given, or the file cannot be used.</exception>
    public BackupSecrets WithPin(SecureString? pin, string? file, LabOfSeal lab, Func<string, string> resolvePath)
    {
        _secrets.Add(lab);
        _lab = lab;
        if (Keep(SealSecrets.Read(pin, file, "PIN", resolvePath)) is { } secret)
        {
            IHsmProvider provider = DependencyLoadContext.CreateHsmProvider(() => lab.Configuration);
            _secrets.Add(provider);
            _openers.Add(new HsmOpener(() => provider, secret));
        }

        return this;
    }

    /// <summary>Opens a seal with the first that it has a slot for.</summary>
    public SealKey Open(Seal seal)
    {
        SealOpener opener = _openers.FirstOrDefault(opener => seal.Slots.Any(slot => slot.Kind == opener.Kind)) ?? _openers[0];
        if (opener.Kind == SealSlotKind.HSM)
        {
            _lab?.Choose(seal);
        }

        return seal.Open(opener);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The lab after what uses it.
        foreach (IDisposable secret in Enumerable.Reverse(_secrets))
        {
            secret.Dispose();
        }
    }

    private T? Keep<T>(T? secret)
        where T : class, IDisposable
    {
        if (secret is not null)
        {
            _secrets.Add(secret);
        }

        return secret;
    }
}
