using System.Management.Automation;
using KmsTools.Auditing;
using KmsTools.Completion;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Finds audit events, oldest first: every call, and what KMS did by itself, in the shape of CloudTrail records.</summary>
/// <example>
/// <code>
/// Get-KmsEvent -Last 10
/// </code>
/// <para>Shows the newest ten events.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsEvent alias/orders -EventName Decrypt -After (Get-Date).AddDays(-1)
/// </code>
/// <para>Shows who decrypted with a key since yesterday.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsEvent")]
[OutputType(typeof(AuditEvent))]
public sealed class GetKmsEventCommand : KmsCmdlet
{
    /// <summary>Only events about this key: its ID, ARN or alias. Keys that are deleted can be named by their ID.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    /// <summary>Only events with this name: an operation, or RotateKey, DeleteKey, DeleteExpiredKeyMaterial.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? EventName { get; set; }

    /// <summary>Only events of this Region.</summary>
    [Parameter]
    [Alias("RegionToCall")]
    [ArgumentCompleter(typeof(RegionCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Region { get; set; }

    /// <summary>Only events at or after this time. Local, unless it says otherwise.</summary>
    [Parameter]
    public DateTimeOffset? After { get; set; }

    /// <summary>Only events at or before this time. Local, unless it says otherwise.</summary>
    [Parameter]
    public DateTimeOffset? Before { get; set; }

    /// <summary>Only the newest of them, this many.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Last { get; set; }

    private protected override object? Subject => KeyId;

    private protected override string? CallRegion => Region ?? SessionRegion.Name;

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
        var query = new EventQuery
        {
            KeyId = FindKeyId(),
            EventName = EventName is null ? null : EventNameCompleter.Find(EventName) ?? EventName,
            Region = Region,
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
        if (!name.StartsWith("alias/", StringComparison.Ordinal))
        {
            return name.StartsWith("key/", StringComparison.Ordinal) ? name["key/".Length..] : name;
        }

        Caller caller = Caller.LocalUser(Engine.Properties.AccountId) with { Region = CallRegion };
        return Engine.Preview(new DescribeKeyRequest { KeyId = KeyId }, caller)[0].Key.KeyId;
    }
}
