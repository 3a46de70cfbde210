using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>
/// Moves the simulated clock of a store forward, and processes what becomes due on the way: deletions, expirations, rotations.
/// </summary>
/// <remarks>
/// Fails on a store with the real clock. Connect-Kms -SimulatedClock creates a store with a simulated one. Get-KmsSchedule shows what
/// becomes due, and when.
/// </remarks>
/// <example>
/// <code>
/// Step-KmsClock -Days 30
/// </code>
/// <para>Moves the clock forward by 30 days, and returns what happened on the way.</para>
/// </example>
/// <example>
/// <code>
/// Step-KmsClock 12h
/// </code>
/// <para>Moves the clock forward by 12 hours.</para>
/// </example>
/// <example>
/// <code>
/// (Step-KmsClock -ToNext).Deleted
/// </code>
/// <para>Moves the clock to the next moment at which anything becomes due, and returns the keys that were deleted then.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Step, "KmsClock", SupportsShouldProcess = true, DefaultParameterSetName = BySet,
    HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsClockStep))]
public sealed class StepKmsClockCommand : KmsCmdlet
{
    private const string BySet = "By";
    private const string UnitsSet = "Units";
    private const string ToSet = "To";
    private const string NextSet = "Next";

    /// <summary>
    /// How far to move: a number with d, h, m or s, such as 3d for three days, or '1.12:00:00' for a day and a half. A number alone is
    /// refused.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = BySet)]
    [DurationTransformation]
    [ArgumentCompleter(typeof(DurationCompleter))]
    public TimeSpan By { get; set; }

    /// <summary>How many days to move. Days, hours and minutes are added.</summary>
    [Parameter(ParameterSetName = UnitsSet)]
    public double Days { get; set; }

    /// <summary>How many hours to move.</summary>
    [Parameter(ParameterSetName = UnitsSet)]
    public double Hours { get; set; }

    /// <summary>How many minutes to move.</summary>
    [Parameter(ParameterSetName = UnitsSet)]
    public double Minutes { get; set; }

    /// <summary>The time to move to. A time without an offset is local time.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ToSet)]
    [IsoDateTransformation]
    [ArgumentCompleter(typeof(MomentCompleter))]
    public DateTimeOffset To { get; set; }

    /// <summary>Moves to the next moment at which anything in the store becomes due. If nothing does, the clock is not moved.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NextSet)]
    public SwitchParameter ToNext { get; set; }

    private protected override void Process()
    {
        KmsEngine engine = Engine;
        DateTimeOffset? found = ParameterSetName switch
        {
            BySet => engine.UtcNow + By,
            UnitsSet => engine.UtcNow + TimeSpan.FromDays(Days) + TimeSpan.FromHours(Hours) + TimeSpan.FromMinutes(Minutes),
            ToSet => To.ToUniversalTime(),
            _ => FindNext(engine),
        };
        if (found is not { } to)
        {
            WriteWarning("Nothing becomes due in this store: the clock was not moved.");
            return;
        }

        engine.PreviewStepClock(to, TriedBy);
        if (ConfirmAction($"Move the clock to {Views.Time(to.UtcDateTime)}"))
        {
            Caller caller = LocalCaller;
            WriteObject(KmsClockStep.Of(new CallProgress(this, "Doing what falls due").Run(() => engine.StepClock(to, caller))));
        }
    }

    private static DateTimeOffset? FindNext(KmsEngine engine)
    {
        // What is due at this moment belongs to the present.
        engine.ProcessDue();
        using IStateReader state = engine.OpenReader();
        return state.ReadEarliestDue();
    }
}
