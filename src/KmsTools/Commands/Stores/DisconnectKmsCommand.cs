using System.Management.Automation;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Closes the store of this session, and deletes it if it is temporary.</summary>
/// <remarks>Subsequent cmdlets use the store of the user; the first one warns of it.</remarks>
/// <example>
/// <code>
/// Disconnect-Kms
/// </code>
/// <para>Closes the store. Does nothing if no store is open.</para>
/// </example>
/// <example>
/// <code>
/// Connect-Kms -Temporary -SimulatedClock
/// Disconnect-Kms -Verbose
/// </code>
/// <para>Closes a temporary store and deletes it.</para>
/// </example>
[Cmdlet(VerbsCommunications.Disconnect, "Kms", HelpUri = HelpPages.Guide + "overview.html")]
[OutputType("None")]
public sealed class DisconnectKmsCommand : KmsCmdlet
{
    private protected override void Process()
    {
        if (!KmsSession.Disconnect())
        {
            WriteVerbose("This session is not connected.");
        }
    }
}
