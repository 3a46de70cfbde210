using System.Globalization;
using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>Confirms that the clock of the store is right, and destroys what waits for that.</summary>
/// <remarks>
/// When more time has passed than the store can explain, keys and key material that are due to be destroyed are kept until the store has
/// been in use for an hour. This cmdlet destroys them at once, for good; compare the clock with another one first. Where nothing waits, it
/// destroys nothing. See about_KmsTools_Clock.
/// </remarks>
/// <example>
/// <code>
/// Confirm-KmsClock -WhatIf
/// </code>
/// <para>Shows the time, and the keys and key material that would be destroyed.</para>
/// </example>
/// <example>
/// <code>
/// Confirm-KmsClock -Force
/// </code>
/// <para>Destroys what waits, without a prompt.</para>
/// </example>
[Cmdlet(
    VerbsLifecycle.Confirm, "KmsClock", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsClock))]
public sealed class ConfirmKmsClockCommand : KmsCmdlet
{
    /// <summary>Skips the confirmation prompt. -WhatIf still prevents the confirmation.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Process()
    {
        KmsClock clock = KmsClock.Of(Engine.ClockTrust.Read());
        string action = string.Create(CultureInfo.InvariantCulture, $"Confirm that it is {clock.UtcNow:yyyy-MM-dd HH:mm:ss}Z")
            + (clock.Waiting.Count == 0 ? "" : $", and destroy for good {string.Join("; ", clock.Waiting)}");
        if (ConfirmAction(action, Force))
        {
            KmsEngine engine = Engine;
            Caller caller = LocalCaller;
            new CallProgress(this, "Destroying what waited").Run(() => engine.ClockTrust.Confirm(caller));
            WriteObject(KmsClock.Of(Engine.ClockTrust.Read()));
        }
    }
}
