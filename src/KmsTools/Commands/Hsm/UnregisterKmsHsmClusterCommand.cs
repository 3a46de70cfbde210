using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Unregisters an HSM cluster that no custom key store uses. The HSMs keep what they hold.</summary>
/// <remarks>
/// A warning tells of material of deleted keys that the store knows to be in the HSMs, and how to remove it first: once the cluster is not
/// registered any more, that is not possible.
/// </remarks>
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
        HsmCluster cluster = Engine.HsmClusters.PreviewUnregister(ClusterId, TriedBy);
        string? left = LeftMaterial.Of(Engine, cluster.ClusterId);
        if (left is not null)
        {
            WriteWarning($"The HSMs of {ClusterId} keep {left}. To remove it first: {LeftMaterial.Removal(ClusterId)}");
        }

        if (ConfirmAction(
            $"Forget the cluster {ClusterId} ({string.Join(", ", cluster.Tokens.Select(static token => token.TokenLabel))})"
                + LeftMaterial.InPrompt(left)))
        {
            Engine.HsmClusters.Unregister(ClusterId, LocalCaller);
        }
    }
}
