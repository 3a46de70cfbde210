using System.Management.Automation;
using KmsTools.Auditing;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Identifiers;
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
public sealed class GetKmsEventCommand : KmsCmdlet
{
    /// <summary>Gets only events about this key: its ID, ARN or alias. A deleted key is named by its ID.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    /// <summary>Gets only events with this name: an operation, or RotateKey, DeleteKey or DeleteExpiredKeyMaterial.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? EventName { get; set; }

    /// <summary>Gets only events in this Region.</summary>
    [Parameter]
    [Alias("RegionToCall")]
    [ArgumentCompleter(typeof(RegionCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Region { get; set; }

    /// <summary>Gets only events at or after this time. A time without an offset is local time.</summary>
    [Parameter]
    [IsoDateTransformation]
    public DateTimeOffset? After { get; set; }

    /// <summary>Gets only events at or before this time. A time without an offset is local time.</summary>
    [Parameter]
    [IsoDateTransformation]
    public DateTimeOffset? Before { get; set; }

    /// <summary>The number of events to get, the newest ones.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Last { get; set; }

    private protected override object? Subject => KeyId;

    private protected override RegionName? CallRegion => Region is null ? SessionRegion.Parse() : RegionName.Parse(Region);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (EventName is not null && EventNameCompleter.Find(EventName) is null
            && NearestName.Find(EventName, EventNameCompleter.Names) is { } nearest)
        {
            WriteWarning($"No event is named {EventName}. Did you mean {nearest}?");
        }
    }

    private protected override void Process()
    {
        RegionName? region = ReadRegion(Region);
        EventQuery query = new()
        {
            KeyId = FindKeyId(),
            EventName = EventName is null ? null : EventNameCompleter.Find(EventName) ?? EventName,
            Region = region?.ToString(),
            After = After,
            Before = Before,
            Last = Last,
        };
        foreach (AuditEvent found in Engine.FindEvents(query))
        {
            if (Stopping)
            {
                return;
            }

            WriteObject(found);
        }
    }

    private string? FindKeyId()
    {
        if (string.IsNullOrEmpty(KeyId))
        {
            return null;
        }

        string name = KeyId[(KeyId.LastIndexOf(':') + 1)..];
        if (!AliasName.HasPrefix(name))
        {
            return name.StartsWith("key/", StringComparison.Ordinal) ? name["key/".Length..] : name;
        }

        return Engine.FindKey(KeyId, LocalCaller with { Region = CallRegion }).KeyId;
    }
}
