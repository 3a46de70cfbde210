using System.Collections.Immutable;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>Gets the registered HSM clusters, with the number and current state of their HSMs.</summary>
/// <example>
/// <code>
/// Get-KmsHsmCluster
/// </code>
/// <para>Gets all clusters.</para>
/// </example>
/// <example>
/// <code>
/// (Get-KmsHsmCluster cluster-abcdefghijk).Hsms
/// </code>
/// <para>Gets the HSMs of one cluster.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsHsmCluster", HelpUri = HelpPages.Guide + "keystore-cloudhsm.html")]
[OutputType(typeof(HsmClusterDescription))]
public sealed class GetKmsHsmClusterCommand : KmsCmdlet
{
    /// <summary>Gets only the cluster with this ID.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("CloudHsmClusterId")]
    [ClusterArgument]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    public string? ClusterId { get; set; }

    private protected override object? Subject => ClusterId;

    private protected override void Process()
    {
        KmsEngine engine = Engine;
        ImmutableArray<HsmClusterDescription> clusters = new CallProgress(this, "Asking the HSMs").Run(
            () => engine.HsmClusters.Find(ClusterId));
        if (clusters.IsEmpty && ClusterId is not null)
        {
            Refuse(KmsErrorRecord.NotRegistered(engine, ClusterId));
        }

        WriteObject(clusters, enumerateCollection: true);
    }
}
