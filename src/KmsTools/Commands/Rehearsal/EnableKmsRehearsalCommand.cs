using System.Management.Automation;
using KmsTools.Rehearsal;

namespace KmsTools.Commands;

/// <summary>Makes runbooks that import AWS.Tools.KeyManagementService themselves run on KmsTools, and never reach AWS.</summary>
/// <remarks>
/// Modules with the names AWS.Tools.KeyManagementService, AWS.Tools.Common, AWSPowerShell.NetCore and AWSPowerShell are put in front of
/// PSModulePath. Their cmdlets are those of KmsTools, so that Import-Module and #Requires lines of a runbook are met without a change.
/// Their version is above every minimum; each version of these modules that is installed is there too, and those that -Version names.
/// They are in the folder rehearsal, beside the store of the user.
/// <para>
/// It holds for this process and for those that it starts, until Disable-KmsRehearsal. Processes that are started use the store that this
/// session is connected to. Of AWS.Tools.Common there is what concerns Regions and credentials; Set-DefaultAWSRegion chooses the Region
/// as it does with AWS, and Set-AWSCredential the caller, if the store knows the credentials; others have no effect. Modules of other
/// services of AWS need the real AWS.Tools.Common, and cannot be loaded in a rehearsal.
/// </para>
/// <para>
/// Where one of these modules is loaded already the command is refused, because what is loaded stays in use. Start a new PowerShell then.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// Connect-Kms -Temporary -SimulatedClock
/// Enable-KmsRehearsal
/// Import-Module AWS.Tools.KeyManagementService
/// New-KMSKey -Description 'Only rehearsed'
/// Disable-KmsRehearsal
/// </code>
/// <para>Rehearses what a runbook for AWS does, in a store that is deleted at the end of the session.</para>
/// </example>
/// <example>
/// <code>
/// Enable-KmsRehearsal -Version 4.1.500
/// Import-Module AWS.Tools.KeyManagementService -RequiredVersion 4.1.500
/// </code>
/// <para>Prepares for a runbook that requires exactly this version.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Enable, "KmsRehearsal", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "programming-top.html")]
[OutputType("None")]
public sealed class EnableKmsRehearsalCommand : KmsCmdlet
{
    /// <summary>Versions that runbooks require exactly, such as 4.1.500. Minimums need not be named.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public Version[] Version { get; set; } = [];

    private protected override void Process()
    {
        if (AwsModules.FindLoaded() is [var loaded, ..])
        {
            Refuse(KmsErrorRecord.AwsToolsLoaded(loaded));
        }

        IReadOnlyList<string> searched = RehearsalMode.ModuleFolders;
        IReadOnlyList<Version> versions = ShadowModules.Versions(searched, Version);
        if (ConfirmAction($"Put stand-ins for {string.Join(", ", AwsModules.Names)} in front of PSModulePath"))
        {
            RehearsalMode.Begin(ShadowModules.Write(versions));
            WriteVerbose($"The stand-ins are in {RehearsalMode.Folder}, in the versions {string.Join(", ", versions)}.");
        }
    }
}
