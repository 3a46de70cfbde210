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
    [ArgumentCompleter(typeof(EventNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? EventName { get; set; }

    /// <summary>Gets only events in this Region.</summary>
    [Parameter]
    [Alias("RegionToCall")]
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

    /// <summary>The ID of a key, which may be deleted unless it is named by an alias.</summary>
    /// <exception cref="KmsException">NotFoundException: there is no such alias.</exception>
    private protected string FindKeyId(string reference)
    {
        string name = NearestName.LastPart(reference);
        return AliasName.HasPrefix(name) ? Engine.FindKey(reference, LocalCaller with { Region = CallRegion }).KeyId : name;
    }
}
