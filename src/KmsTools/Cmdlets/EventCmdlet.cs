using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Identifiers;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>A cmdlet that gets audit events.</summary>
public abstract class EventCmdlet : KmsCmdlet
{
    /// <summary>Gets only events about this key: its ID, ARN or alias. A deleted key is named by its ID.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    /// <summary>Gets only events with this name: an operation, or RotateKey, DeleteKey or DeleteExpiredKeyMaterial.</summary>
    [Parameter]
    [TextTransformation]
    [ArgumentCompleter(typeof(EventNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? EventName { get; set; }

    /// <summary>Gets only events in this Region.</summary>
    [Parameter]
    [Alias("RegionToCall")]
    [TextTransformation("SystemName")]
    [ArgumentCompleter(typeof(RegionCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Region { get; set; }

    private protected override object? Subject => KeyId;

    private protected override RegionName? CallRegion =>
        Region is not null ? RegionName.Parse(Region) : RegionOf(KeyId) ?? SessionRegion.Parse();

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

    /// <summary>The events that the parameters name.</summary>
    private protected EventQuery CreateQuery() => new()
    {
        Region = ReadRegion(Region)?.ToString(),
        KeyId = string.IsNullOrEmpty(KeyId) ? null : FindKeyId(KeyId),
        EventName = EventName is null ? null : EventNameCompleter.Find(EventName) ?? EventName,
    };

    /// <summary>Warns that a key has no events at all, because its name is probably wrong.</summary>
    /// <param name="query">The events that were asked for, and are none.</param>
    private protected void WarnOfUnknownKey(EventQuery query)
    {
        if (query.KeyId is not null && !Engine.FindEvents(new EventQuery { Region = query.Region, KeyId = query.KeyId, Last = 1 }).Any())
        {
            WarnOfNoEvents(query);
        }
    }

    /// <summary>Warns that there are no events about a key.</summary>
    /// <param name="query">The events that were asked for, and are none.</param>
    private protected void WarnOfNoEvents(EventQuery query) => WriteWarning(
        $"There are no events about {KeyId}{(query.Region is { } region ? $" in {region}" : "")}. Get-KmsKey lists the keys of a Region.");

    /// <summary>The ID of a key, which may be deleted unless it is named by an alias.</summary>
    /// <exception cref="KmsException">NotFoundException: there is no such alias.</exception>
    private protected string FindKeyId(string reference)
    {
        string name = NearestName.LastPart(reference);
        return AliasName.HasPrefix(name) ? Engine.FindKey(reference, LocalCaller with { Region = CallRegion }).KeyId : name;
    }
}
