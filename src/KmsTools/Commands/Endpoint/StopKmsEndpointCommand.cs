using System.Management.Automation;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Stops endpoints that this PowerShell process started. Calls in progress are completed.</summary>
/// <example>
/// <code>
/// Stop-KmsEndpoint
/// </code>
/// <para>Stops all endpoints.</para>
/// </example>
/// <example>
/// <code>
/// $endpoint | Stop-KmsEndpoint
/// </code>
/// <para>Stops one of them.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Stop, "KmsEndpoint", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "programming-top.html")]
[OutputType("None")]
public sealed class StopKmsEndpointCommand : KmsCmdlet
{
    /// <summary>The endpoints, as Start-KmsEndpoint returned them. The default is all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public KmsEndpoint[]? Endpoint { get; set; }

    private protected override void Process()
    {
        foreach (KmsEndpoint endpoint in Endpoint ?? KmsEndpoints.Running)
        {
            if (ConfirmAction($"Stop the endpoint {endpoint.Url}: its clients lose the store in {endpoint.Store}"))
            {
                endpoint.Stop(Stopped);
            }
        }
    }
}
