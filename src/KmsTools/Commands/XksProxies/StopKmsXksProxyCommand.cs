using System.Management.Automation;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Stops XKS proxies that this PowerShell process started. Requests in progress are completed.</summary>
/// <remarks>A proxy serves on for the stopDelaySeconds of its configuration, while it reports to load balancers that it stops.</remarks>
/// <example>
/// <code>
/// Stop-KmsXksProxy
/// </code>
/// <para>Stops all proxies.</para>
/// </example>
/// <example>
/// <code>
/// $proxy | Stop-KmsXksProxy
/// </code>
/// <para>Stops one of them.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Stop, "KmsXksProxy", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "keystore-external.html")]
[OutputType("None")]
public sealed class StopKmsXksProxyCommand : KmsCmdlet
{
    /// <summary>The proxies, as Start-KmsXksProxy returned them. The default is all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public KmsXksProxy[]? Proxy { get; set; }

    private protected override void Process()
    {
        foreach (KmsXksProxy proxy in Proxy ?? KmsXksProxies.Running)
        {
            if (ConfirmAction($"Stop the XKS proxy {proxy.Uri}: key stores that use it lose their keys until it is started again"))
            {
                proxy.Stop(Stopped);
            }
        }
    }
}
