using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Unregisters an HSM cluster that no custom key store uses. The HSMs keep what they hold.</summary>
/// <example>
/// <code>
/// Unregister-KmsHsmCluster cluster-abcdefghijk
/// </code>
/// <para>Unregisters a cluster.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsHsmCluster | Unregister-KmsHsmCluster -WhatIf
/// </code>
/// <para>Shows which clusters would be unregistered.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Unregister, "KmsHsmCluster", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "keystore-cloudhsm.html")]
[OutputType("None")]
public sealed class UnregisterKmsHsmClusterCommand : KmsCmdlet
{
    /// <summary>The ID of the cluster.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("CloudHsmClusterId")]
    [ClusterArgument]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    [ValidateNotNullOrEmpty]
    public string ClusterId { get; set; } = "";

    private protected override object? Subject => ClusterId;

    private protected override void Process()
    {
        HsmCluster cluster = Engine.HsmClusters.PreviewUnregister(ClusterId);
        if (ConfirmAction(
            $"Forget the cluster {ClusterId} ({string.Join(", ", cluster.Tokens.Select(static token => token.TokenLabel))})"))
        {
            Engine.HsmClusters.Unregister(ClusterId, LocalCaller);
        }
    }
}
