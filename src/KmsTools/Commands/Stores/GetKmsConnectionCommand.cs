using System.Management.Automation;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Gets the store that this session uses. Does not open one.</summary>
/// <example>
/// <code>
/// Get-KmsConnection
/// </code>
/// <para>Gets the place, account, Region, clock and authorization mode of the store; nothing if no store is open.</para>
/// </example>
/// <example>
/// <code>
/// if (-not (Get-KmsConnection).IsSimulatedClock) { Connect-Kms -Temporary -SimulatedClock }
/// </code>
/// <para>Makes sure that a script uses a store whose clock it can move.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsConnection", HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsConnection))]
public sealed class GetKmsConnectionCommand : KmsCmdlet
{
    private protected override void Process()
    {
        if (KmsSession.Find() is { } connection)
        {
            WriteObject(connection);
        }
        else
        {
            WriteVerbose($"Not connected. The next cmdlet opens {StoreChoice.DefaultLocation()}.");
        }
    }
}
