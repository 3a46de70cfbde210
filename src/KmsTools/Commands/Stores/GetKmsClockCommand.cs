using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>Gets the clock of the store.</summary>
/// <example>
/// <code>
/// Get-KmsClock
/// </code>
/// <para>Gets the time, and whether the clock is simulated.</para>
/// </example>
/// <example>
/// <code>
/// Step-KmsClock -To (Get-KmsClock).UtcNow.AddHours(1)
/// </code>
/// <para>Moves a simulated clock forward by an hour.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsClock", HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsClock))]
public sealed class GetKmsClockCommand : KmsCmdlet
{
    private protected override void Process() => WriteObject(new KmsClock(Engine.UtcNow.UtcDateTime, Engine.Properties.IsSimulatedClock));
}
