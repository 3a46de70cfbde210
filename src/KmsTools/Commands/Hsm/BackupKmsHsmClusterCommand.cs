using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>
/// Backs up an HSM cluster: copies the tokens of its active HSMs to the folder of the store (the local folder of a store in a database),
/// or records a backup that was created with the tool of the vendor of the HSMs.
/// </summary>
/// <remarks>
/// Tokens of SoftHSM are copied at a single point in time, during which no process of this module changes them. In the copy the keys stay
/// encrypted under the password of their crypto user. The content of other HSMs can be backed up only with the tool of their vendor: run
/// it, and record the backup with -VendorReference, so that Get-KmsHsmClusterBackup -KeyId finds it. If a custom key store of the cluster
/// is connected, the backup also records which keys it holds.
/// </remarks>
/// <example>
/// <code>
/// Backup-KmsHsmCluster cluster-abcdefghijk
/// </code>
/// <para>Backs up a cluster by copying its tokens.</para>
/// </example>
/// <example>
/// <code>
/// Backup-KmsHsmCluster cluster-abcdefghijk -VendorReference 'tape 7, /hsm/2031-05.bak'
/// </code>
/// <para>Records a backup that was created with the tool of the vendor. Nothing is copied.</para>
/// </example>
[Cmdlet(
    VerbsData.Backup, "KmsHsmCluster", SupportsShouldProcess = true, DefaultParameterSetName = Copy,
    HelpUri = HelpPages.Guide + "keystore-cloudhsm.html")]
[OutputType(typeof(HsmBackupDescription))]
public sealed class BackupKmsHsmClusterCommand : KmsCmdlet
{
    private const string Copy = "Copy";
    private const string Vendor = "Vendor";

    /// <summary>The cluster.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("CloudHsmClusterId")]
    [ClusterArgument]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    [ValidateNotNullOrEmpty]
    public string ClusterId { get; set; } = "";

    /// <summary>The name of the backup in the tool of the vendor, such as its path or label: 1 to 1024 characters.</summary>
    [Parameter(Mandatory = true, ParameterSetName = Vendor)]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    public string VendorReference { get; set; } = "";

    /// <summary>When the tool of the vendor created the backup. The default is now.</summary>
    [Parameter(ParameterSetName = Vendor)]
    [IsoDateTransformation]
    [ArgumentCompleter(typeof(MomentCompleter))]
    public DateTime? CreationDate { get; set; }

    private protected override object? Subject => ClusterId;

    private protected override void Process()
    {
        bool isVendors = ParameterSetName == Vendor;
        if (!ConfirmAction(isVendors ? $"Record the backup '{VendorReference}' of {ClusterId}" : $"Back up {ClusterId}"))
        {
            return;
        }

        CallProgress progress = new(this, $"Backing up {ClusterId}");
        KmsEngine engine = Engine;
        Caller caller = LocalCaller;
        DateTimeOffset? creationDate = CreationDate is { } date ? new DateTimeOffset(date) : null;
        WriteObject(progress.Run(() => isVendors
            ? engine.HsmBackups.Record(ClusterId, VendorReference, creationDate, caller)
            : engine.HsmBackups.Create(ClusterId, caller, progress.Observer)));
    }
}
