using System.Management.Automation;
using KmsTools.Rehearsal;

namespace KmsTools.Commands;

/// <summary>Ends what Enable-KmsRehearsal began: modules of AWS are found again.</summary>
/// <remarks>
/// The stand-ins are taken out of PSModulePath and out of the session. Processes that were started in the rehearsal keep it.
/// </remarks>
/// <example>
/// <code>
/// Disable-KmsRehearsal
/// </code>
/// <para>Ends the rehearsal. Does nothing where there is none.</para>
/// </example>
/// <example>
/// <code>
/// Enable-KmsRehearsal
/// try { Import-Module AWS.Tools.KeyManagementService; Get-KMSKeyList } finally { Disable-KmsRehearsal }
/// </code>
/// <para>Ends the rehearsal of a runbook, whatever becomes of it.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Disable, "KmsRehearsal", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "programming-top.html")]
[OutputType("None")]
public sealed class DisableKmsRehearsalCommand : KmsCmdlet
{
    private protected override void Process()
    {
        if (RehearsalMode.Folder is null)
        {
            WriteVerbose("No rehearsal is enabled.");
        }
        else if (ConfirmAction("Take the stand-ins for the modules of AWS out of PSModulePath and out of the session"))
        {
            AwsModules.RemoveShadows();
            RehearsalMode.End();
        }
    }
}
