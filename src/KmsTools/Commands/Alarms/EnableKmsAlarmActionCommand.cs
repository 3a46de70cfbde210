using System.Management.Automation;
using KmsTools.Alarms;
using KmsTools.Completion;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Arms the actions of alarms in this session: what another session gave them is run in this one when they sound.</summary>
/// <remarks>
/// A store keeps the text of an action and never runs it by itself: whoever writes to a store would otherwise run code in the sessions
/// that open it. The question shows the text.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsAlarm | Enable-KmsAlarmAction
/// </code>
/// <para>Arms all actions, after a question that shows each of them.</para>
/// </example>
/// <example>
/// <code>
/// Enable-KmsAlarmAction 'still in use' -WhatIf
/// </code>
/// <para>Shows what an alarm would do.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Enable, "KmsAlarmAction", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType("None")]
public sealed class EnableKmsAlarmActionCommand : KmsCmdlet
{
    /// <summary>The name of the alarm.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AlarmCompleter))]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>Does not ask for confirmation. -WhatIf still prevents the call.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override object? Subject => Name;

    private protected override void Process()
    {
        AlarmDescription? alarm = Engine.Alarms.List().FirstOrDefault(alarm => alarm.Name == Name);
        if (alarm is null)
        {
            Refuse(KmsErrorRecord.NoAlarm(Engine, Name));
        }
        else if (alarm.Action is null)
        {
            WriteVerbose($"The alarm '{Name}' has no action.");
        }
        else if (Agrees(Force, Name, $"Run when the alarm sounds: {alarm.Action.Trim()}"))
        {
            // The text that the user agreed to is armed, whatever the store has by now.
            Engine.Alarms.EnableAction(Name, LocalCaller);
            AlarmWatch.Arm(Events, Name, ScriptBlock.Create(alarm.Action));
        }
    }
}
