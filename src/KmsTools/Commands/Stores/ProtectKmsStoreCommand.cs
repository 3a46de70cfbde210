using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Labs;
using KmsTools.Sealing;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>
/// Seals the store of this session: a copy of it is worthless without a passphrase, a key in an HSM, or the recovery key.
/// </summary>
/// <remarks>
/// The root key of a store, which wraps everything secret in it, otherwise lies in plaintext in the file root.key, or in the root key file
/// of each machine that shares a store in a database: that has the sealed root key, and machines need no file any more. Protect-KmsStore
/// again gives a sealed store another seal: only what it is given then opens the store, and the former passphrase and recovery key do not.
/// Sessions and endpoints that use the store go on; what opens it later needs Unlock-KmsStore, Connect-Kms -Passphrase, or an option of the
/// endpoint. The former root.key is overwritten and deleted. Disks and file systems keep what was written for longer, and so do backups:
/// run Update-KmsRootKey afterwards, which makes all earlier copies of root.key worthless for the present data. See about_KmsTools_Seal.
/// </remarks>
/// <example>
/// <code>
/// $seal = Protect-KmsStore (Read-Host -AsSecureString)
/// $seal.RecoveryKey | ConvertFrom-SecureString -AsPlainText
/// Update-KmsRootKey
/// </code>
/// <para>
/// Seals the store; shows the recovery key, to be written down and kept elsewhere; and rotates the root key that was stored in plaintext.
/// Protect-KmsStore alone asks for the passphrase twice.
/// </para>
/// </example>
/// <example>
/// <code>
/// Protect-KmsStore -PassphraseFile ./passphrase.txt -RecoveryKeyFile ./recovery.txt
/// </code>
/// <para>Seals the store without a prompt, and writes the recovery key to a new file.</para>
/// </example>
/// <example>
/// <code>
/// Protect-KmsStore -Hsm 'pkcs11:token=lab;object=kms?module-path=/usr/lib/softhsm/libsofthsm2.so' -PinFile ./hsm-pin
/// </code>
/// <para>Seals the store by a key in an HSM, which is made if there is none with that label.</para>
/// </example>
[Cmdlet(
    VerbsSecurity.Protect,
    "KmsStore",
    SupportsShouldProcess = true,
    DefaultParameterSetName = PassphraseSet,
    HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsSeal))]
public sealed class ProtectKmsStoreCommand : KmsCmdlet
{
    private const string PassphraseSet = "Passphrase";
    private const string HsmSet = "Hsm";
    private const int ShortPassphrase = 12;

    /// <summary>
    /// The passphrase. Without it and without -PassphraseFile, it is asked for twice. With -Hsm, the passphrase opens the store as well as
    /// the HSM does. It is used as it is, byte for byte in UTF-8.
    /// </summary>
    [Parameter(Position = 0, ParameterSetName = PassphraseSet)]
    [Parameter(ParameterSetName = HsmSet)]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>A file with the passphrase, which only its owner can read.</summary>
    [Parameter(ParameterSetName = PassphraseSet)]
    [Parameter(ParameterSetName = HsmSet)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PassphraseFile { get; set; }

    /// <summary>
    /// The PKCS#11 URI (RFC 7512) of an AES-256 key in an HSM: the token, the library (module-path), and the label (object) or the ID (id)
    /// of the key. Without either, or if no key has the label, a key is made that cannot leave the HSM. The URI is saved in the store,
    /// never a PIN. The key of a KMS key is refused, and so is an HSM of a cluster with -ManagePassword: KMS would destroy the one, and change
    /// the PIN of the other.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = HsmSet)]
    [Alias("Uri")]
    [ValidateNotNullOrEmpty]
    [HsmUriArgument(TakesKeys = true)]
    [ArgumentCompleter(typeof(HsmUriCompleter))]
    public string? Hsm { get; set; }

    /// <summary>The PIN of the HSM.</summary>
    [Parameter(ParameterSetName = HsmSet)]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? Pin { get; set; }

    /// <summary>
    /// A file with the PIN of the HSM, which only its owner can read. The pin-source of the URI is another way to name it.
    /// </summary>
    [Parameter(ParameterSetName = HsmSet)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PinFile { get; set; }

    /// <summary>
    /// A new file for the recovery key, outside of the folder of the store. Otherwise the recovery key is in the property RecoveryKey of
    /// what is returned.
    /// </summary>
    [Parameter]
    [PathArgument("RecoveryKeyFile")]
    [ValidateNotNullOrEmpty]
    public string? RecoveryKeyFile { get; set; }

    /// <summary>Makes no recovery key: whoever loses the passphrase or the HSM loses the store.</summary>
    [Parameter]
    public SwitchParameter NoRecoveryKey { get; set; }

    private protected override object? Subject => Hsm is null ? null : HsmUri.WithoutPin(Hsm);

    private protected override void Process()
    {
        KmsEngine engine = Engine;
        string path = Connection.Location;
        string? file = RecoveryKeyFile is null ? null : ResolvePath(RecoveryKeyFile);
        Require(file);
        if (Hsm is not null)
        {
            engine.RootKey.PreviewSeal(Hsm, KindsWithHsm(), TriedBy);
        }

        string again = engine.RootKey.ReadSeal() is null ? "" : " anew: what opens it now will not open it any more";
        if (!ConfirmAction($"Seal the store in {path}{again}"))
        {
            return;
        }

        using Secret? passphrase = SealSecrets.Read(Passphrase, PassphraseFile, "passphrase", ResolvePath)
            ?? (Hsm is null ? Ask() : null);
        using Secret? pin = SealSecrets.Read(Pin, PinFile, "PIN", ResolvePath);
        using RecoveryKey? recoveryKey = NoRecoveryKey ? null : RecoveryKey.Create();
        if (passphrase is { Length: < ShortPassphrase })
        {
            WriteWarning($"The passphrase has fewer than {ShortPassphrase} characters: whoever has a copy of the store may guess it.");
        }

        List<SealOpener> openers = [];
        if (Hsm is not null)
        {
            openers.Add(new HsmOpener(() => Connection.HsmProvider, Hsm, pin));
        }

        if (passphrase is not null)
        {
            openers.Add(SealSecrets.Opener(passphrase));
        }

        if (recoveryKey is not null)
        {
            openers.Add(new RecoveryKeyOpener(recoveryKey));
        }

        Seal(engine, path, openers, recoveryKey, file);
    }

    private IEnumerable<SealSlotKind> KindsWithHsm() =>
    [
        SealSlotKind.HSM,
        .. Passphrase is not null || PassphraseFile is not null ? [SealSlotKind.PASSPHRASE] : Array.Empty<SealSlotKind>(),
        .. NoRecoveryKey ? Array.Empty<SealSlotKind>() : [SealSlotKind.RECOVERY_KEY],
    ];

    private void Require(string? file)
    {
        if (file is null)
        {
            return;
        }

        if (NoRecoveryKey)
        {
            throw new ArgumentException("-RecoveryKeyFile and -NoRecoveryKey exclude each other.");
        }

        if (file.StartsWith(Connection.Folder + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new ArgumentException(
                "-RecoveryKeyFile is in the folder of the store: whoever copies the folder would have the recovery key too.");
        }
    }

    private void Seal(KmsEngine engine, string path, List<SealOpener> openers, RecoveryKey? recoveryKey, string? file)
    {
        // Before the store is sealed: a recovery key that is not written down is worth nothing.
        if (recoveryKey is not null && file is not null)
        {
            WriteFile(recoveryKey, file);
        }

        try
        {
            // To its end, whatever the user types: half a second, or the time that an HSM takes.
            SealedStore made = engine.RootKey.Seal(openers, LocalCaller);
            Write(made.Seal, path, recoveryKey, file);
            if (StoreWarnings.OfSeal(made.Seal, Connection.Folder) is { } warning)
            {
                WriteWarning($"{warning} Use a token in another place, or a passphrase instead.");
            }

            if (made.Leftover is { } leftover)
            {
                WriteWarning(leftover);
            }
        }
        catch
        {
            // Sealed all the same, if only the disk has failed after the commit.
            if (FindSealOf(engine, recoveryKey) is { } inEffect)
            {
                Write(inEffect, path, recoveryKey, file);
            }
            else if (recoveryKey is not null && file is not null)
            {
                File.Delete(file);
            }

            throw;
        }
    }

    private void WriteFile(RecoveryKey recoveryKey, string file)
    {
        try
        {
            SealSecrets.Write(recoveryKey, file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Refuse(KmsErrorRecord.OfFile(exception, RecoveryKeyFile!));
        }
    }

    private static Seal? FindSealOf(KmsEngine engine, RecoveryKey? recoveryKey)
    {
        if (recoveryKey is null || engine.RootKey.ReadSeal() is not { } seal)
        {
            return null;
        }

        try
        {
            seal.Open(new RecoveryKeyOpener(recoveryKey)).Dispose();
            return seal;
        }
        catch (SealException)
        {
            return null;
        }
    }

    private void Write(Seal seal, string path, RecoveryKey? recoveryKey, string? file)
    {
        WriteObject(new KmsSeal
        {
            Path = path,
            OpenedBy = [.. seal.Slots.Select(static slot => slot.Kind)],
            HsmUri = seal.Slots.Select(static slot => slot.HsmUri).FirstOrDefault(static uri => uri is not null),
            RecoveryKey = recoveryKey is null || file is not null ? null : SealSecrets.ToSecureString(recoveryKey),
            RecoveryKeyFile = file,
        });
    }

    private Secret Ask()
    {
        try
        {
            using SecureString first = Ask("Passphrase: ");
            using SecureString second = Ask("Passphrase again: ");
            Secret one = SealSecrets.Read(first, null, "passphrase", ResolvePath)!;
            using Secret other = SealSecrets.Read(second, null, "passphrase", ResolvePath)!;
            if (one.ContentEquals(other))
            {
                return one;
            }

            one.Dispose();
            throw new ArgumentException("The two passphrases are not the same. The store was not sealed.");
        }
        catch (Exception exception) when (exception is HostException or PSInvalidOperationException)
        {
            throw new ArgumentException(
                "No passphrase was given, and there is no user to ask. Give -Passphrase or -PassphraseFile.", exception);
        }
    }

    private SecureString Ask(string prompt)
    {
        Host.UI.Write(prompt);
        return Host.UI.ReadLineAsSecureString();
    }
}
