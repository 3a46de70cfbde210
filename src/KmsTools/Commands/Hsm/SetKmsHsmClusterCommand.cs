using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>
/// Changes the settings of an HSM cluster: the load from other clients, the number of HSMs it requires, and who manages its password.
/// </summary>
/// <remarks>
/// The custom key store of a cluster has a request quota, CustomKeyStoreRequests, that all its keys share. Load from other clients of the
/// cluster reduces it. Calls are throttled after Enable-KmsRequestQuota.
/// </remarks>
/// <example>
/// <code>
/// Set-KmsHsmCluster cluster-abcdefghijk -ExternalRequestsPerSecond 1000
/// </code>
/// <para>Rehearses a busy cluster: 800 of 1800 requests per second remain.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsHsmCluster | Set-KmsHsmCluster -HighAvailability $true
/// </code>
/// <para>Lets all clusters create keys only while two of their HSMs are active.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "KmsHsmCluster", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "keystore-cloudhsm.html")]
[OutputType(typeof(HsmClusterDescription))]
public sealed class SetKmsHsmClusterCommand : KmsCmdlet
{
    /// <summary>The ID of the cluster.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("CloudHsmClusterId")]
    [ClusterArgument]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    [ValidateNotNullOrEmpty]
    public string ClusterId { get; set; } = "";

    /// <summary>
    /// Commands per second that the cluster handles for other clients. They are deducted from the request quota of its custom key store.
    /// </summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    [Alias("CommandsFromElsewhere")]
    public int? ExternalRequestsPerSecond { get; set; }

    /// <summary>Whether keys can be created only while two HSMs of the cluster are active, as AWS requires.</summary>
    [Parameter]
    public bool? HighAvailability { get; set; }

    /// <summary>Whether each connect changes the password of the crypto user, as AWS does.</summary>
    [Parameter]
    public bool? ManagePassword { get; set; }

    private protected override object? Subject => ClusterId;

    private protected override void Process()
    {
        using (IStateReader state = Engine.OpenReader())
        {
            if (state.FindCluster(ClusterId) is null)
            {
                Refuse(KmsErrorRecord.NotRegistered(Engine, ClusterId));
            }
        }

        IEnumerable<string> changes =
        [
            .. ExternalRequestsPerSecond is { } commands ? [$"{commands} external requests per second"] : Array.Empty<string>(),
            .. HighAvailability is { } highAvailability
                ? [highAvailability ? "needs two active HSMs" : "needs one active HSM"]
                : Array.Empty<string>(),
            .. ManagePassword is { } manage ? [manage ? "each connect changes the password" : "the password stays"] : Array.Empty<string>(),
        ];
        if (ConfirmAction($"Change {ClusterId}: {string.Join(", ", changes)}"))
        {
            WriteObject(Engine.HsmClusters.Configure(ClusterId, ExternalRequestsPerSecond, HighAvailability, ManagePassword, LocalCaller));
        }
    }
}
