using System.Collections.Immutable;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>
/// Restores an HSM cluster from a backup: to new tokens, which are registered as a new cluster, or with -InPlace to the tokens of an
/// existing cluster.
/// </summary>
/// <remarks>
/// A restored cluster has the certificate of the cluster that was backed up, so a custom key store can move to it:
/// Disconnect-KmsCustomKeyStore, Update-KmsCustomKeyStore -CloudHsmClusterId, Connect-KmsCustomKeyStore. Keys of the custom key store
/// whose material is not in the backup cannot be used there. The backup may hold material of keys that were deleted since:
/// Get-KmsOrphanedKeyMaterial lists it. A backup that was recorded with -VendorReference is restored with the tool of the vendor of the
/// HSM, and the HSM is then registered with Register-KmsHsmCluster -TrustAnchorCertificate.
/// </remarks>
/// <example>
/// <code>
/// $backup = Backup-KmsHsmCluster cluster-abcdefghijk
/// $restored = Restore-KmsHsmCluster $backup.BackupId -TokenLabel restored
/// Update-KmsCustomKeyStore cks-1234567890abcdef0 -CloudHsmClusterId $restored.ClusterId
/// </code>
/// <para>Restores a cluster of one HSM into a new token, and moves a custom key store that is disconnected to it.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsHsmClusterBackup | Select-Object -Last 1 | Restore-KmsHsmCluster -InPlace -ClusterId cluster-abcdefghijk
/// </code>
/// <para>
/// Replaces the content of the HSMs of a cluster with the newest backup, after asking for confirmation. Its custom key store is
/// disconnected.
/// </para>
/// </example>
[Cmdlet(
    VerbsData.Restore, "KmsHsmCluster", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = New,
    HelpUri = HelpPages.Guide + "keystore-cloudhsm.html")]
[OutputType(typeof(HsmClusterDescription))]
public sealed class RestoreKmsHsmClusterCommand : KmsCmdlet
{
    private const string New = "New";
    private const string Own = "InPlace";
    private const int MaxNamed = 5;

    /// <summary>The backup.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [HsmBackupArgument]
    [ArgumentCompleter(typeof(HsmBackupCompleter))]
    [ValidateNotNullOrEmpty]
    public string BackupId { get; set; } = "";

    /// <summary>
    /// The labels of the new tokens, at most 32 bytes each and as many as the backup has HSMs. The default are those of the backup with a
    /// suffix.
    /// </summary>
    [Parameter(Position = 1, ParameterSetName = New)]
    [HsmArgument]
    [ArgumentCompleter(typeof(HsmTokenCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? TokenLabel { get; set; }

    /// <summary>The ID of the new cluster: 'cluster-' and 11 to 16 characters. The default is a new one.</summary>
    [Parameter(ParameterSetName = New)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? NewClusterId { get; set; }

    /// <summary>
    /// Replaces what the HSMs of -ClusterId hold. Keys that were made since the backup are lost; the prompt and a warning name them. No
    /// custom key store may be connected to these HSMs.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = Own)]
    public SwitchParameter InPlace { get; set; }

    /// <summary>The cluster whose HSMs get the content of the backup.</summary>
    [Parameter(Mandatory = true, ParameterSetName = Own)]
    [Alias("CloudHsmClusterId")]
    [ClusterArgument]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    [ValidateNotNullOrEmpty]
    public string ClusterId { get; set; } = "";

    /// <summary>Skips the confirmation prompt. -WhatIf still prevents the call.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override object? Subject => BackupId;

    private protected override void Process()
    {
        if (NewClusterId is not null && IsWhatIf)
        {
            // As the act refuses it.
            _ = Identifiers.ClusterId.Parse(NewClusterId);
        }

        bool isNew = ParameterSetName == New;
        HsmBackupDescription backup = Engine.HsmRestorer.PreviewRestore(BackupId, isNew ? null : ClusterId, TriedBy);
        string of = $"{BackupId} of {backup.ClusterId} ({Views.Minute(backup.CreationDate)})";

        string lost = isNew ? "" : MaterialOf(Engine.HsmBackups.FindLostKeys(BackupId, ClusterId));

        // Only what is lost is worth a question; a new cluster takes nothing away.
        bool agreed = isNew
            ? ConfirmAction($"Restore {of} into a new cluster", force: !IsBound("Confirm"))
            : ConfirmAction($"Restore {of} into {ClusterId}: what its HSMs hold now is lost"
                + (lost.Length == 0 ? "" : $", with {lost} that the backup does not hold"), Force);
        if (!agreed)
        {
            return;
        }

        CallProgress progress = new(this, $"Restoring {BackupId}");
        KmsEngine engine = Engine;
        Caller caller = LocalCaller;
        HsmRestoration restored = progress.Run(() => isNew
            ? engine.HsmRestorer.Restore(BackupId, TokenLabel, NewClusterId, caller, progress.Observer)
            : engine.HsmRestorer.RestoreInPlace(BackupId, ClusterId, caller, progress.Observer));
        if (restored.Notice is not null)
        {
            WriteWarning(restored.Notice);
        }

        if (lost.Length > 0)
        {
            WriteWarning(
                $"{BackupId} does not hold {lost}, which cannot be used any more. Once a custom key store of {ClusterId} is connected, "
                    + $"Get-KmsOrphanedKeyMaterial {ClusterId} shows what no HSM holds.");
        }

        WriteObject(restored.Cluster);
    }

    private static string MaterialOf(ImmutableArray<string> keys) => keys.IsEmpty ? ""
        : $"the material of {keys.Length} key{(keys.Length == 1 ? "" : "s")} ({string.Join(", ", keys.Take(MaxNamed))}"
            + $"{(keys.Length > MaxNamed ? ", ..." : "")})";
}
