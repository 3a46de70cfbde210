using KmsTools.Persistence;
using KmsTools.WebConsole.Layout;
using KmsTools.WebConsole.Problems;
using Microsoft.AspNetCore.Components;

namespace KmsTools.WebConsole.Pages.HsmClusters;

/// <summary>A page about one cluster of HSMs, for the administrator.</summary>
public abstract class HsmClusterPage : ConsolePage
{
    /// <summary>The ID of the cluster.</summary>
    [Parameter]
    public string ClusterId { get; set; } = "";

    /// <summary>The way to the page.</summary>
    protected (string, string)[] Trail => [("HSM clusters", Link("hsm-clusters")), (ClusterId, ClusterLink())];

    /// <summary>The URL of the page of the cluster, or of one that does something with it.</summary>
    protected string ClusterLink(string? act = null) =>
        Link($"hsm-clusters/{Uri.EscapeDataString(ClusterId)}{(act is null ? "" : $"/{act}")}");

    /// <summary>The cluster as the store knows it; accesses no HSM.</summary>
    /// <exception cref="ArgumentException">It is not registered.</exception>
    protected HsmCluster Require(IStateReader state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.FindCluster(ClusterId) ?? throw new MissingException($"No cluster {ClusterId} is registered.");
    }
}
