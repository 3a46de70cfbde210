using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>Gets what the event log of the store keeps, and its files.</summary>
/// <remarks>See about_KmsTools_Events.</remarks>
/// <example>
/// <code>
/// Get-KmsEventLog
/// </code>
/// <para>Gets the settings of the log, its size and the number of its events.</para>
/// </example>
/// <example>
/// <code>
/// (Get-KmsEventLog).Segments | Export-Csv heads.csv
/// </code>
/// <para>Exports the heads of the log. Kept elsewhere, they prove with Test-KmsEventLog that nothing before them was changed later.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsEventLog", HelpUri = HelpPages.Guide + "logging-using-cloudtrail.html")]
[OutputType(typeof(KmsEventLog))]
public sealed class GetKmsEventLogCommand : KmsCmdlet
{
    private protected override void Process() => WriteObject(KmsEventLog.Of(Engine.EventLog));
}
