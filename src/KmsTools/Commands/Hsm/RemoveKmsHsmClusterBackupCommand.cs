using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>
/// Removes a backup of an HSM cluster: the copy with its files, or the record of a backup that was created with the tool of the vendor,
/// which stays where it is.
/// </summary>
/// <remarks>A key whose material is in no HSM and in no backup can never decrypt again.</remarks>
/// <example>
/// <code>
/// Get-KmsHsmClusterBackup -ClusterId cluster-abcdefghijk | Select-Object -SkipLast 1 | Remove-KmsHsmClusterBackup
/// </code>
/// <para>Removes each backup of a cluster but the newest, asking for confirmation each time.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsHsmClusterBackup -KeyId alias/orders | Remove-KmsHsmClusterBackup -Force
/// </code>
/// <para>Removes all backups that may hold the material of a key, so that it cannot be restored after the key is deleted.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Remove, "KmsHsmClusterBackup", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    HelpUri = HelpPages.Guide + "keystore-cloudhsm.html")]
[OutputType("None")]
public sealed class RemoveKmsHsmClusterBackupCommand : KmsCmdlet
{
    /// <summary>The backup.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [HsmBackupArgument]
    [ArgumentCompleter(typeof(HsmBackupCompleter))]
    [ValidateNotNullOrEmpty]
    public string BackupId { get; set; } = "";

    /// <summary>Skips the confirmation prompt. -WhatIf still prevents the call.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override object? Subject => BackupId;

    private protected override void Process()
    {
        HsmBackupDescription backup = Engine.HsmBackups.PreviewRemove(BackupId, TriedBy);
        if (ConfirmAction($"Remove {BackupId} of {backup.ClusterId} ({backup.Kind}, {Views.Minute(backup.CreationDate)})", Force))
        {
            KmsEngine engine = Engine;
            Caller caller = LocalCaller;
            new CallProgress(this, "Removing a backup").Run(() => engine.HsmBackups.Remove(BackupId, caller));
        }
    }
}
