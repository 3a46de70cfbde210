using System.Globalization;
using System.Management.Automation;
using KmsTools.Binding;

namespace KmsTools.Commands;

/// <summary>
/// Moves the simulated clock of a store forward, and processes what becomes due on the way: deletions, expirations, rotations.
/// </summary>
/// <remarks>Fails on a store with the real clock. Connect-Kms -SimulatedClock creates a store with a simulated one.</remarks>
/// <example>
/// <code>
/// Step-KmsClock -Days 30
/// </code>
/// <para>Moves the clock forward by 30 days.</para>
/// </example>
/// <example>
/// <code>
/// Step-KmsClock -To (Get-KmsKey $id).DeletionDate
/// </code>
/// <para>Moves the clock to the moment at which a key is deleted.</para>
/// </example>
[Cmdlet(VerbsCommon.Step, "KmsClock", SupportsShouldProcess = true, DefaultParameterSetName = BySet)]
[OutputType(typeof(KmsClock))]
public sealed class StepKmsClockCommand : KmsCmdlet
{
    private const string BySet = "By";
    private const string DaysSet = "Days";
    private const string ToSet = "To";

    /// <summary>How far to move, such as '1.12:00:00' for a day and a half.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = BySet)]
    public TimeSpan By { get; set; }

    /// <summary>How many days to move.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DaysSet)]
    public double Days { get; set; }

    /// <summary>The time to move to. A time without an offset is local time.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ToSet)]
    [IsoDateTransformation]
    public DateTimeOffset To { get; set; }

    private protected override void Process()
    {
        DateTimeOffset to = ParameterSetName switch
        {
            BySet => Engine.UtcNow + By,
            DaysSet => Engine.UtcNow.AddDays(Days),
            _ => To.ToUniversalTime(),
        };
        Engine.PreviewStepClock(to);
        if (ShouldProcess(Connection.Path, string.Create(CultureInfo.InvariantCulture, $"Move the clock to {to:yyyy-MM-dd HH:mm:ss}Z")))
        {
            KmsEngine engine = Engine;
            Caller caller = LocalCaller;
            new CallProgress(this, "Doing what falls due").Run(() => engine.StepClock(to, caller));
            WriteObject(KmsClock.Of(Engine.ClockTrust.Read()));
        }
    }
}
