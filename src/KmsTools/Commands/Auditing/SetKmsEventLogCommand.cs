using System.Management.Automation;
using KmsTools.Auditing;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Changes what the event log of the store keeps, and when its events are on the disk.</summary>
/// <remarks>
/// A new store keeps all events. With a maximum age or size, whole files of the log are dropped, oldest first, at once and whenever a file is
/// complete; the event DropEvents records how many events of which time were dropped. The last use of keys stays known. The settings apply to
/// all sessions and endpoints that use the store, to others within a second. See about_KmsTools_Events.
/// </remarks>
/// <example>
/// <code>
/// Set-KmsEventLog -MaxAgeInDays 90 -MaxSize 10GB
/// </code>
/// <para>Keeps the events of the last 90 days, but never more than about 10 GB.</para>
/// </example>
/// <example>
/// <code>
/// Set-KmsEventLog -Sync $true
/// </code>
/// <para>Answers no call before its event is on the disk, so that not even a power loss takes an event. Each call then waits for the disk.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "KmsEventLog", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "logging-using-cloudtrail.html")]
[OutputType(typeof(KmsEventLog))]
public sealed class SetKmsEventLogCommand : KmsCmdlet
{
    /// <summary>
    /// Whether the event of each call is on the disk before the call is answered. Events of changes always survive a power loss. In a
    /// database all events are committed before the answer.
    /// </summary>
    [Parameter]
    public bool? Sync { get; set; }

    /// <summary>The age in days above which events are dropped, by the clock of the store, 1-36500. With 0, age does not matter.</summary>
    [Parameter]
    [ValidateRange(0, EventLogRegistry.MaxMaxAgeInDays)]
    public int? MaxAgeInDays { get; set; }

    /// <summary>
    /// The size in bytes above which the oldest events are dropped, from 1 MB (1MB, 10GB). With 0, size does not matter.
    /// </summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? MaxSize { get; set; }

    /// <summary>Returns the event log, as Get-KmsEventLog does.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process()
    {
        EventLogSettings now = Engine.EventLog.ReadSettings();
        if (ConfirmAction($"Set the event log to {Describe(After(now))}, from {Describe(now)}"))
        {
            Engine.EventLog.Set(Sync, MaxAgeInDays, MaxSize, LocalCaller);
        }

        if (PassThru)
        {
            WriteObject(KmsEventLog.Of(Engine.EventLog));
        }
    }

    private EventLogSettings After(EventLogSettings before) => new()
    {
        SyncsEveryGroup = Sync ?? before.SyncsEveryGroup,
        MaxAgeInDays = MaxAgeInDays is null ? before.MaxAgeInDays : MaxAgeInDays == 0 ? null : MaxAgeInDays,
        MaxSizeInBytes = MaxSize is null ? before.MaxSizeInBytes : MaxSize == 0 ? null : MaxSize,
    };

    private static string Describe(EventLogSettings settings)
    {
        string kept = settings switch
        {
            { MaxAgeInDays: int days, MaxSizeInBytes: long size } => $"at most {days} days and {size} bytes",
            { MaxAgeInDays: int days } => $"at most {days} days",
            { MaxSizeInBytes: long size } => $"at most {size} bytes",
            _ => "all events",
        };
        return settings.SyncsEveryGroup ? $"{kept}, synced" : $"{kept}, not synced";
    }
}
