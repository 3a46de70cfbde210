using System.Management.Automation;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Gets the running endpoints that this PowerShell process started.</summary>
/// <example>
/// <code>
/// Get-KmsEndpoint
/// </code>
/// <para>Gets all endpoints.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsEndpoint | Stop-KmsEndpoint
/// </code>
/// <para>Stops all endpoints.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsEndpoint", HelpUri = HelpPages.Guide + "programming-top.html")]
[OutputType(typeof(KmsEndpoint))]
public sealed class GetKmsEndpointCommand : KmsCmdlet
{
    private protected override void Process() => WriteObject(KmsEndpoints.Running, enumerateCollection: true);
}
