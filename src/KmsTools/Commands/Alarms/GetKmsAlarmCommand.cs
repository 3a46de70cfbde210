using System.Management.Automation;
using KmsTools.Alarms;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Shows the alarms of the store and the state that each is in.</summary>
/// <example>
/// <code>
/// Get-KmsAlarm
/// </code>
/// <para>Shows all alarms.</para>
/// </example>
/// <example>
/// <code>
/// (Get-KmsAlarm | Where-Object State -eq ALARM).AuditEvent
/// </code>
/// <para>Shows the audit events that belong to the alarms that sound.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsAlarm")]
[OutputType(typeof(AlarmDescription))]
public sealed class GetKmsAlarmCommand : KmsCmdlet
{
    /// <summary>The name, or a pattern with wildcards. The default is all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AlarmCompleter))]
    [SupportsWildcards]
    public string? Name { get; set; }

    private protected override object? Subject => Name;

    private protected override void Process()
    {
        var pattern = WildcardPattern.Get(Name ?? "*", WildcardOptions.IgnoreCase);
        bool found = false;
        foreach (AlarmDescription alarm in Engine.Alarms.List().Where(alarm => pattern.IsMatch(alarm.Name) || alarm.Name == Name))
        {
            found = true;
            WriteObject(alarm);
        }

        if (!found && Name is not null && !WildcardPattern.ContainsWildcardCharacters(Name))
        {
            Refuse(KmsErrorRecord.NoAlarm(Engine, Name));
        }
    }
}
