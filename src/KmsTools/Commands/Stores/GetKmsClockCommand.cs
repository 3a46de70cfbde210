using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>Gets the clock of the store, and what waits until the clock is believed.</summary>
/// <remarks>
/// A store destroys keys and key material only when the time that passed is explained. See about_KmsTools_Clock. A simulated clock is
/// always believed.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsClock
/// </code>
/// <para>Gets the time, whether the clock is simulated, and whether the time that passed is explained.</para>
/// </example>
/// <example>
/// <code>
/// (Get-KmsClock).Waiting
/// </code>
/// <para>Gets the keys and key material that are due to be destroyed and wait until the clock is believed.</para>
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
    private protected override void Process() => WriteObject(KmsClock.Of(Engine.ClockTrust.Read()));
}
