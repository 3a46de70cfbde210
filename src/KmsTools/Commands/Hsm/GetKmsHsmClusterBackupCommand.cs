using System.Collections.Immutable;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Identifiers;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Gets the backups of HSM clusters, or those that may still hold the material of a key, even a deleted one.</summary>
/// <remarks>
/// With -KeyId, Content is CONTAINS if the backup recorded the key, and MAY_CONTAIN if it was created between the creation of the key and
/// the destruction of its material. Material that could not be destroyed with its key is in later backups as well, until
/// Remove-KmsOrphanedKeyMaterial removes it. A backup that is not listed does not hold the material, as far as the store knows.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsHsmClusterBackup
/// </code>
/// <para>Gets all backups, oldest first.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsHsmClusterBackup -ClusterId cluster-abcdefghijk -KeyId alias/orders
/// </code>
/// <para>Shows the backups of a cluster that hold the material of a key. It may have been deleted long ago.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsHsmClusterBackup", HelpUri = HelpPages.Guide + "keystore-cloudhsm.html")]
[OutputType(typeof(HsmBackupDescription))]
public sealed class GetKmsHsmClusterBackupCommand : KmsCmdlet
{
    /// <summary>Gets only the backup with this ID.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [HsmBackupArgument]
    [ArgumentCompleter(typeof(HsmBackupCompleter))]
    [ValidateNotNullOrEmpty]
    public string? BackupId { get; set; }

    /// <summary>Gets only the backups of this cluster.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("CloudHsmClusterId")]
    [ClusterArgument]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    [ValidateNotNullOrEmpty]
    public string? ClusterId { get; set; }

    /// <summary>
    /// Only the backups that hold the material of this key, or may hold it: its key ID, key ARN, alias name or alias ARN. Of a deleted key
    /// also an alias that it had.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("KeyArn")]
    [KeyArgument]
    [OptionalTextTransformation]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    /// <summary>The Region of the key. The default is that of the store.</summary>
    [Parameter]
    [TextTransformation("SystemName")]
    [ArgumentCompleter(typeof(RegionCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Region { get; set; }

    private protected override object? Subject => BackupId ?? KeyId ?? ClusterId;

    private protected override void Process()
    {
        RegionName? region = ReadRegion(Region);
        ImmutableArray<HsmBackupDescription> backups = Engine.HsmBackups.Find(ClusterId, BackupId);
        if (backups.IsEmpty && ClusterId is not null && BackupId is null && !IsRegistered(ClusterId))
        {
            Refuse(KmsErrorRecord.NotRegistered(Engine, ClusterId));
        }

        WriteObject(
            KeyId is null ? backups : [.. Engine.HsmBackups.FindForKey(KeyId, region, ClusterId)
                .Where(found => BackupId is null || found.BackupId == BackupId)],
            enumerateCollection: true);
    }

    // Backups outlive the registration of their cluster.
    private static bool IsRegistered(string clusterId)
    {
        using IStateReader state = Engine.OpenReader();
        return state.FindCluster(clusterId) is not null;
    }
}
