using System.Management.Automation;
using KmsTools.Auditing;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Gets audit events as they happen, in all processes that use the store, until it is stopped with Ctrl+C.</summary>
/// <example>
/// <code>
/// Watch-KmsEvent
/// </code>
/// <para>Shows every event of the store from now on. Ctrl+C ends it.</para>
/// </example>
/// <example>
/// <code>
/// Watch-KmsEvent alias/orders -EventName Decrypt -Last 5
/// </code>
/// <para>Shows the last five decryptions with a key, and all that follow.</para>
/// </example>
/// <example>
/// <code>
/// Watch-KmsEvent -Timeout 1m | Where-Object ErrorCode | Select-Object -First 1
/// </code>
/// <para>Waits for a call that is refused, but for a minute at most.</para>
/// </example>
[Cmdlet(VerbsCommon.Watch, "KmsEvent", HelpUri = HelpPages.Guide + "logging-using-cloudtrail.html")]
[OutputType(typeof(AuditEvent))]
public sealed class WatchKmsEventCommand : EventCmdlet
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    // The events of calls that read are recorded in groups, and so a little later than others of the same time.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(5);

    /// <summary>Begins with this number of events that have happened already, the newest ones. The default is 0.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Last { get; set; }

    /// <summary>Ends after this number of events.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Count { get; set; }

    /// <summary>Ends after this time, such as 30s, 10m or 0:00:30, whatever has happened.</summary>
    [Parameter]
    [DurationTransformation]
    [ArgumentCompleter(typeof(DurationCompleter))]
    public TimeSpan? Timeout { get; set; }

    private protected override void Process()
    {
        KmsEngine engine = Engine;
        EventQuery query = CreateQuery();
        WarnOfUnknownKey(query);
        long begin = Environment.TickCount64;
        int left = Count ?? int.MaxValue;
        DateTimeOffset newest = engine.UtcNow;
        Dictionary<string, DateTime> seen = engine.FindEvents(query with { After = newest - Overlap })
            .ToDictionary(static record => record.EventId, static record => record.EventTime, StringComparer.Ordinal);
        AuditEvent[] former = Last > 0 ? [.. engine.FindEvents(query with { Last = Last })] : [];
        foreach (AuditEvent record in former.TakeWhile(_ => left-- > 0))
        {
            seen[record.EventId] = record.EventTime;
            WriteObject(record);
        }

        while (left > 0
            && !(Timeout < TimeSpan.FromMilliseconds(Environment.TickCount64 - begin))
            && !Stopped.WaitHandle.WaitOne(PollInterval))
        {
            foreach (AuditEvent record in engine.FindEvents(query with { After = newest - Overlap })
                .Where(record => seen.TryAdd(record.EventId, record.EventTime)).ToArray())
            {
                newest = record.EventTime > newest.UtcDateTime ? new DateTimeOffset(record.EventTime) : newest;
                WriteObject(record);
                if (--left == 0)
                {
                    return;
                }
            }

            Forget(seen, newest - Overlap);
        }
    }

    private static void Forget(Dictionary<string, DateTime> seen, DateTimeOffset before)
    {
        foreach ((string eventId, DateTime time) in seen)
        {
            if (time < before.UtcDateTime)
            {
                seen.Remove(eventId);
            }
        }
    }
}
