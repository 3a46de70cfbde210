using System.Management.Automation;
using KmsTools.Completion;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>
/// Backs up a cluster of HSMs: copies the tokens of its active HSMs into the folder of the store, or records a backup that was made with
/// the tool of the HSM's vendor.
/// </summary>
/// <remarks>
/// Tokens of SoftHSM are copied, as they are at one moment; meanwhile no process of this module changes them. In the copy the keys stay
/// encrypted under the password of their crypto user. What other HSMs hold only their own tool can back up: run it, and record the backup
/// with -VendorReference, so that Get-KmsHsmClusterBackup -KeyId knows of it. While a custom key store of the cluster is connected the
/// backup also notes which keys it holds.
/// </remarks>
/// <example>
/// <code>
/// Backup-KmsHsmCluster cluster-abcdefghijk
/// </code>
/// <para>Copies the tokens of a cluster.</para>
/// </example>
/// <example>
/// <code>
/// Backup-KmsHsmCluster cluster-abcdefghijk -VendorReference 'tape 7, /hsm/2031-05.bak'
/// </code>
/// <para>Records a backup that the tool of the HSM's vendor has made. Nothing is copied.</para>
/// </example>
[Cmdlet(VerbsData.Backup, "KmsHsmCluster", SupportsShouldProcess = true, DefaultParameterSetName = Copy)]
[OutputType(typeof(HsmBackupDescription))]
public sealed class BackupKmsHsmClusterCommand : KmsCmdlet
{
    private const string Copy = "Copy";
    private const string Vendor = "Vendor";

    /// <summary>The cluster.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("CloudHsmClusterId")]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    [ValidateNotNullOrEmpty]
    public string ClusterId { get; set; } = "";

    /// <summary>What the tool of the HSM's vendor calls the backup, such as its path or label: 1 to 1024 characters.</summary>
    [Parameter(Mandatory = true, ParameterSetName = Vendor)]
    [ValidateNotNullOrEmpty]
    public string VendorReference { get; set; } = "";

    /// <summary>When the tool of the HSM's vendor made the backup. The default is now.</summary>
    [Parameter(ParameterSetName = Vendor)]
    public DateTime? CreationDate { get; set; }

    private protected override object? Subject => ClusterId;

    private protected override void Process()
    {
        bool isVendors = ParameterSetName == Vendor;
        if (!ShouldProcess(ClusterId, isVendors ? $"Record the backup '{VendorReference}'" : "Back up the cluster"))
        {
            return;
        }

        var progress = new CallProgress(this, $"Backing up {ClusterId}");
        KmsEngine engine = Engine;
        Caller caller = LocalCaller;
        DateTimeOffset? creationDate = CreationDate is { } date ? new DateTimeOffset(date) : null;
        WriteObject(progress.Run(() => isVendors
            ? engine.HsmBackups.Record(ClusterId, VendorReference, creationDate, caller)
            : engine.HsmBackups.Create(ClusterId, caller, progress.Observer)));
    }
}
