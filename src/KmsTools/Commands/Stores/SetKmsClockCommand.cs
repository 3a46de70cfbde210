using System.Globalization;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Sets how long the store must be in use before it believes a clock that is ahead.</summary>
/// <remarks>
/// When more time has passed than the store can explain, keys and key material that are due to be destroyed are kept until the store has
/// been in use for this long, added up over all processes. See about_KmsTools_Clock.
/// </remarks>
/// <example>
/// <code>
/// Set-KmsClock -RequiredUptime 8h
/// </code>
/// <para>Keeps what is due to be destroyed for eight hours of use after an unexplained time.</para>
/// </example>
/// <example>
/// <code>
/// Set-KmsClock -RequiredUptime 0
/// </code>
/// <para>Believes the clock at once, whatever it shows.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "KmsClock", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsClock))]
public sealed class SetKmsClockCommand : KmsCmdlet
{
    /// <summary>From 0 to 30 days, such as 8h or '8:00:00'. In a new store it is an hour.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [DurationTransformation]
    [ArgumentCompleter(typeof(DurationCompleter))]
    public TimeSpan RequiredUptime { get; set; }

    /// <summary>Returns the clock, as Get-KmsClock does.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process()
    {
        string before = Engine.ClockTrust.Read().RequiredUptime.ToString("c", CultureInfo.InvariantCulture);
        string uptime = RequiredUptime.ToString("c", CultureInfo.InvariantCulture);
        if (ConfirmAction($"Believe a clock that is ahead after {uptime} of use, not {before}"))
        {
            Engine.ClockTrust.SetRequiredUptime(RequiredUptime, LocalCaller);
        }

        if (PassThru)
        {
            WriteObject(KmsClock.Of(Engine.ClockTrust.Read()));
        }
    }
}
