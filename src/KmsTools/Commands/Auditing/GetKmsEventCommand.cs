using System.Management.Automation;
using KmsTools.Auditing;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Gets audit events, oldest first: every call and every act of KMS itself, in the format of CloudTrail records.</summary>
/// <example>
/// <code>
/// Get-KmsEvent -Last 10
/// </code>
/// <para>Gets the ten newest events.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsEvent alias/orders -EventName Decrypt -After (Get-Date).AddDays(-1)
/// </code>
/// <para>Shows who has decrypted with a key since yesterday.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsEvent", HelpUri = HelpPages.Guide + "logging-using-cloudtrail.html")]
[OutputType(typeof(AuditEvent))]
public sealed class GetKmsEventCommand : EventCmdlet
{
    /// <summary>Gets only events at or after this time. A time without an offset is local time.</summary>
    [Parameter]
    [IsoDateTransformation]
    [ArgumentCompleter(typeof(MomentCompleter))]
    public DateTimeOffset? After { get; set; }

    /// <summary>Gets only events at or before this time. A time without an offset is local time.</summary>
    [Parameter]
    [IsoDateTransformation]
    [ArgumentCompleter(typeof(MomentCompleter))]
    public DateTimeOffset? Before { get; set; }

    /// <summary>The number of events to get, the newest ones.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Last { get; set; }

    private protected override void Process()
    {
        EventQuery query = CreateQuery() with { After = After, Before = Before, Last = Last };
        bool any = false;
        foreach (AuditEvent found in Engine.FindEvents(query))
        {
            any = true;
            if (Stopping)
            {
                return;
            }

            WriteObject(found);
        }

        if (!any)
        {
            WarnOfUnknownKey(query);
        }
    }
}
