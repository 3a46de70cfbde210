using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Identifiers;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Gets what is to come without a call: deletions and rotations of keys, and expiries of imported key material.</summary>
/// <remarks>
/// For each key, its next rotation, the expiry of each of its key materials and its deletion, in the order of their dates. Nothing is
/// recorded. Step-KmsClock -ToNext moves a simulated clock from one change to the next.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsSchedule
/// </code>
/// <para>Gets what is to come in all Regions of the store.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsSchedule -Within 30d | Format-Table -View Timeline
/// </code>
/// <para>Draws what becomes due within 30 days as a line of time.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKey alias/shop-* | Get-KmsSchedule | Where-Object Kind -EQ Deletion
/// </code>
/// <para>Gets the deletions of some keys.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsSchedule", HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsScheduledChange))]
public sealed class GetKmsScheduleCommand : KmsCmdlet
{
    private readonly List<DueChange> _changes = [];

    /// <summary>Gets only changes of this key: its ID, ARN or alias. The default is all keys.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    /// <summary>Gets only changes that become due within this time, such as 30d, 12h or '1.12:00:00'.</summary>
    [Parameter]
    [DurationTransformation]
    [ArgumentCompleter(typeof(DurationCompleter))]
    public TimeSpan? Within { get; set; }

    /// <summary>Gets only changes in this Region. The default is all Regions; for a key that is named, that of the session.</summary>
    [Parameter]
    [Alias("RegionToCall")]
    [TextTransformation("SystemName")]
    [ArgumentCompleter(typeof(RegionCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Region { get; set; }

    private protected override object? Subject => KeyId;

    private protected override RegionName? CallRegion =>
        Region is not null ? RegionName.Parse(Region) : RegionOf(KeyId) ?? SessionRegion.Parse();

    private protected override void Process()
    {
        KmsEngine engine = Engine;
        RegionName? region = ReadRegion(Region);
        if (KeyId is not null)
        {
            engine.ProcessDue();
            using IStateReader state = engine.OpenReader();
            _changes.AddRange(DueChange.Of(engine.FindKey(KeyId, LocalCaller with { Region = CallRegion }), state));
            return;
        }

        if (MyInvocation.ExpectingInput && !IsBound(nameof(KeyId)))
        {
            return;
        }

        // All is within a time that is longer than there is.
        DateTimeOffset now = engine.UtcNow;
        DateTimeOffset? until = Within is { } within && within < DateTimeOffset.MaxValue - now
            ? now + TimeSpan.FromTicks(long.Max(within.Ticks, 0))
            : null;
        _changes.AddRange(engine.FindSchedule(region, until));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        if (_changes.Count == 0)
        {
            return;
        }

        DateTimeOffset now = Engine.UtcNow;
        DueChange[] found =
        [
            .. _changes.Where(change => !(change.DueDate - now.UtcDateTime > Within))
                .DistinctBy(static change => (change.KeyArn, change.Kind, change.DueDate, change.KeyMaterialId))
                .OrderBy(static change => change.DueDate).ThenBy(static change => change.KeyArn, StringComparer.Ordinal),
        ];
        TimeSpan horizon = found.Length == 0 ? TimeSpan.Zero : found[^1].DueDate - now.UtcDateTime;
        foreach (DueChange change in found)
        {
            WriteObject(KmsScheduledChange.Of(change, now, horizon));
        }
    }
}
