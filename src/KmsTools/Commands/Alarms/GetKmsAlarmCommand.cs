using System.Management.Automation;
using KmsTools.Alarms;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Gets the alarms of the store and the state of each.</summary>
/// <example>
/// <code>
/// Get-KmsAlarm
/// </code>
/// <para>Gets all alarms.</para>
/// </example>
/// <example>
/// <code>
/// (Get-KmsAlarm | Where-Object State -eq ALARM).AuditEvent
/// </code>
/// <para>Gets the audit events behind the alarms that have gone off.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsAlarm", HelpUri = HelpPages.Guide + "monitoring-cloudwatch.html")]
[OutputType(typeof(AlarmDescription))]
public sealed class GetKmsAlarmCommand : KmsCmdlet
{
    /// <summary>The name of the alarm. Wildcards are allowed. The default is all alarms.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AlarmArgument]
    [ArgumentCompleter(typeof(AlarmCompleter))]
    [SupportsWildcards]
    public string? Name { get; set; }

    private protected override object? Subject => Name;

    private protected override void Process()
    {
        WildcardPattern pattern = WildcardPattern.Get(Name ?? "*", WildcardOptions.IgnoreCase);
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
