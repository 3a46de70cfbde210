using System.Management.Automation;
using KmsTools.Alarms;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Removes an alarm.</summary>
/// <example>
/// <code>
/// Remove-KmsAlarm 'still in use'
/// </code>
/// <para>Removes an alarm after asking for confirmation.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsAlarm 'material*' | Remove-KmsAlarm -Force
/// </code>
/// <para>Removes several alarms without asking for confirmation.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Remove, "KmsAlarm", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    HelpUri = HelpPages.Guide + "monitoring-cloudwatch.html")]
[OutputType("None")]
public sealed class RemoveKmsAlarmCommand : KmsCmdlet
{
    /// <summary>The name of the alarm.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AlarmArgument]
    [ArgumentCompleter(typeof(AlarmCompleter))]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>Skips the confirmation prompt. -WhatIf still prevents the call.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override object? Subject => Name;

    private protected override void Process()
    {
        AlarmDescription? alarm = Engine.Alarms.List().FirstOrDefault(alarm => alarm.Name == Name);
        if (alarm is not null && !ConfirmAction($"Remove the alarm '{Name}' ({alarm.Event}, {alarm.State})", Force))
        {
            return;
        }

        if (!Engine.Alarms.Remove(Name, LocalCaller))
        {
            Refuse(KmsErrorRecord.NoAlarm(Engine, Name));
        }

        AlarmWatch.Disarm(Events, Name);
    }
}
