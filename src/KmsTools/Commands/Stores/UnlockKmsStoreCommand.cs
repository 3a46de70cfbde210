using System.Management.Automation;
using System.Security;
using KmsTools.Binding;
using KmsTools.Cryptography;
using KmsTools.Sealing;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Opens the seal of the store of this session, for this session.</summary>
/// <remarks>
/// Connect-Kms connects to a sealed store too; all other cmdlets then fail until the store is unlocked. A store stays unlocked until the
/// session ends or disconnects, and only in this process: the key of the seal is in its memory, nowhere else. Nothing is recorded. A
/// passphrase that is not the right one costs nothing but the time to try it; a wrong PIN counts in the HSM. See about_KmsTools_Seal.
/// </remarks>
/// <example>
/// <code>
/// Unlock-KmsStore -Passphrase (Read-Host -AsSecureString)
/// </code>
/// <para>Unlocks the store that the session is connected to. Unlock-KmsStore alone asks for the passphrase too.</para>
/// </example>
/// <example>
/// <code>
/// Unlock-KmsStore -RecoveryKey (Read-Host -AsSecureString)
/// </code>
/// <para>Unlocks a store whose passphrase is lost. Protect-KmsStore then gives it another one, and another recovery key.</para>
/// </example>
/// <example>
/// <code>
/// Unlock-KmsStore -PinFile ./hsm-pin
/// </code>
/// <para>Unlocks a store that a key in an HSM seals. The store knows which HSM.</para>
/// </example>
[Cmdlet(VerbsCommon.Unlock, "KmsStore", DefaultParameterSetName = PassphraseSet, HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsConnection))]
public sealed class UnlockKmsStoreCommand : KmsCmdlet
{
    private const string PassphraseSet = "Passphrase";
    private const string PassphraseFileSet = "PassphraseFile";
    private const string RecoveryKeySet = "RecoveryKey";
    private const string PinSet = "Pin";
    private const string PinFileSet = "PinFile";

    /// <summary>The passphrase.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PassphraseSet)]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>A file with the passphrase, which only its owner can read.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PassphraseFileSet)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PassphraseFile { get; set; }

    /// <summary>The recovery key. Capitals, hyphens and spaces make no difference.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RecoveryKeySet)]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? RecoveryKey { get; set; }

    /// <summary>The PIN of the HSM that has the key of the seal.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PinSet)]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? Pin { get; set; }

    /// <summary>A file with the PIN of the HSM, which only its owner can read.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PinFileSet)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PinFile { get; set; }

    /// <summary>Writes the connection to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process()
    {
        KmsConnection connection = Connection;
        using Secret secret = ParameterSetName switch
        {
            PinSet or PinFileSet => SealSecrets.Read(Pin, PinFile, "PIN", ResolvePath)!,
            RecoveryKeySet => SealSecrets.Read(RecoveryKey, null, "recovery key", ResolvePath)!,
            _ => SealSecrets.Read(Passphrase, PassphraseFile, "passphrase", ResolvePath)!,
        };
        using RecoveryKey? recoveryKey = ParameterSetName == RecoveryKeySet ? Sealing.RecoveryKey.Parse(secret) : null;
        SealOpener opener = recoveryKey is not null ? new RecoveryKeyOpener(recoveryKey)
            : ParameterSetName is PinSet or PinFileSet ? new HsmOpener(() => connection.HsmProvider, secret)
            : SealSecrets.Opener(secret);
        if (connection is { IsSealed: false } && connection.Engine.RootKey.ReadSeal() is null)
        {
            WriteWarning("This store is not sealed. Seal it: Protect-KmsStore");
        }
        else
        {
            connection.Unlock(seal => seal.Open(opener));
        }

        if (PassThru)
        {
            WriteObject(connection);
        }
    }
}
