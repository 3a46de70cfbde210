using System.Management.Automation;
using System.Security;
using KmsTools.Auditing;
using KmsTools.Binding;
using KmsTools.Labs;
using KmsTools.Loading;
using KmsTools.Persistence;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Verifies a whole store, and names what is damaged or was changed outside of KmsTools.</summary>
/// <remarks>
/// Verified are the databases of a folder (SQLite's own check), triggers and tables that another program added, changed or removed, the MAC
/// of each record, the numbers of records, that key material, passwords, PINs and secret access keys can be unwrapped, root.key, the event
/// log (as Test-KmsEventLog does) and its index, that the state has the newest change whose event is in the log, and the HSMs of clusters
/// that a custom key store is connected to. Clusters that could not be compared are findings of the kind NOT_COMPARED, which are not
/// damage. A record that was deleted, or replaced by an older one of the same key, is found only where numbers of records or other records
/// disagree. Other processes may go on working. An older copy of the whole store is whole in itself: it is found only with -Head, heads of
/// the event log that were exported before and are kept elsewhere. With -Path the folder of a store is examined without connecting, such as
/// one that Connect-Kms refuses: what can be read is verified whatever is wrong with the rest, and nothing in the folder is changed. HSMs
/// are not compared. A sealed store needs what opens its seal; without it, the MACs of records and secrets are not verified, which a finding
/// of the kind NOT_COMPARED says, and -Quiet a warning: $true means that nothing of what was verified is damaged. A finding of the kind
/// SEAL_AT_RISK, which is not damage, says that KMS itself can take away what opens the seal of the store of the session. What is damaged
/// comes back with a backup only (Restore-KmsStore), except events.db, which is made again when it is deleted.
/// </remarks>
/// <example>
/// <code>
/// Test-KmsStore
/// </code>
/// <para>Gets what is damaged, as soon as it is found, and at the end how much was verified.</para>
/// </example>
/// <example>
/// <code>
/// if (-not (Test-KmsStore -Quiet)) { throw 'The store is damaged.' }
/// </code>
/// <para>Stops a script if anything is damaged.</para>
/// </example>
/// <example>
/// <code>
/// Test-KmsStore -Path ./lab | Format-List
/// </code>
/// <para>Examines a store that cannot be opened any more, and shows which files, records and keys are damaged.</para>
/// </example>
/// <example>
/// <code>
/// Test-KmsStore -Head (Import-Csv heads.csv) | Where-Object IsDamage | Format-List
/// </code>
/// <para>
/// Compares the event log also with the heads that `(Get-KmsEventLog).Segments | Export-Csv heads.csv` has exported, and shows all that is
/// known of each damage.
/// </para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "KmsStore", DefaultParameterSetName = SessionSet, HelpUri = HelpPages.Guide + "data-protection.html")]
[OutputType(typeof(StoreFinding), typeof(StoreVerification), typeof(bool))]
public sealed class TestKmsStoreCommand : KmsCmdlet
{
    private const string SessionSet = "Session";
    private const string PathSet = "Path";

    // The only file that is not compared because something was not given.
    private const string SealedFile = "root.key";
    private const string Openers = "-Passphrase, -RecoveryKey or -Pin, or a file with one of them";

    /// <summary>
    /// Exported heads: the Segments of Get-KmsEventLog, or objects with their Number, Events and Head, as from a CSV or JSON file.
    /// </summary>
    [Parameter(Position = 0)]
    [ValidateNotNull]
    public PSObject[] Head { get; set; } = [];

    /// <summary>The folder of a store that is examined without connecting to it. The default is the store of the session.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The passphrase that opens the seal of the store in the folder, used as it is, byte for byte in UTF-8.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>A file with the passphrase, which only its owner can read.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PassphraseFile { get; set; }

    /// <summary>The recovery key that opens the seal. Capitals, hyphens and spaces make no difference.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? RecoveryKey { get; set; }

    /// <summary>A file with the recovery key, which only its owner can read.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [PathArgument("RecoveryKeyFile")]
    [ValidateNotNullOrEmpty]
    public string? RecoveryKeyFile { get; set; }

    /// <summary>The PIN of the HSM that opens the seal.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? Pin { get; set; }

    /// <summary>A file with the PIN of the HSM, which only its owner can read.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PinFile { get; set; }

    /// <summary>
    /// Get only whether nothing of what was verified is damaged. A warning names each part of the store that was not verified, and why; HSMs
    /// that were not compared are not named.
    /// </summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override object? Subject => Path;

    private protected override void Process()
    {
        EventSegment[] heads = [.. Head.Select(EventHead.Read)];
        StoreVerification result = Path is null ? VerifyStoreOfSession(heads) : Examine(Path, heads);
        WriteObject(Quiet ? result.IsWhole : result);
    }

    private StoreVerification VerifyStoreOfSession(EventSegment[] heads)
    {
        KmsEngine engine = Engine;
        return Run(found => engine.Verifier.Run(found, heads));
    }

    private StoreVerification Examine(string path, EventSegment[] heads)
    {
        StoreChoice.RequireFolder(path, "-Path", "Connect-Kms to the store, and leave out -Path.");
        string folder = ResolvePath(path);
        using BackupSecrets secrets = new BackupSecrets()
            .WithPassphrase(Passphrase, PassphraseFile, ResolvePath)
            .WithRecoveryKey(RecoveryKey, RecoveryKeyFile, ResolvePath)
            .WithPin(Pin, PinFile, LabOfSeal.OfStore(folder), ResolvePath);
        StoreExaminer examiner = new(DependencyLoadContext.CreateStoreFactory(), static () => DependencyLoadContext.SignatureProvider);
        return Run(found => examiner.Run(folder, secrets.Openers.Count == 0 ? null : secrets.Open, found, heads));
    }

    private StoreVerification Run(Func<Action<StoreFinding>, StoreVerification> verify)
    {
        return new CallProgress(this, "Verifying the store").Run<StoreFinding, StoreVerification>(verify, Write);

        void Write(StoreFinding finding)
        {
            if (!Quiet)
            {
                WriteObject(finding);
            }
            else if (finding is { ClusterId: null, Kind: StoreFindingKind.NOT_COMPARED or StoreFindingKind.SEAL_AT_RISK })
            {
                WriteWarning(finding.Subject == SealedFile ? $"{finding.Message} Give {Openers}." : finding.Message);
            }
        }
    }
}
