using System.Management.Automation;
using KmsTools.Alarms;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>
/// Enables the actions of alarms in this session: an action that another session defined runs here when its alarm goes off.
/// </summary>
/// <remarks>
/// A store keeps the text of an action and never runs it by itself: otherwise, anyone who can write to a store could run code in the
/// sessions that open it. The prompt shows the text.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsAlarm | Enable-KmsAlarmAction
/// </code>
/// <para>Enables all actions, after a prompt that shows each of them.</para>
/// </example>
/// <example>
/// <code>
/// Enable-KmsAlarmAction 'still in use' -WhatIf
/// </code>
/// <para>Shows what the action of an alarm would do.</para>
/// </example>
[Cmdlet(
    VerbsLifecycle.Enable, "KmsAlarmAction", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    HelpUri = HelpPages.Guide + "monitoring-cloudwatch.html")]
[OutputType("None")]
public sealed class EnableKmsAlarmActionCommand : KmsCmdlet
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
        if (alarm is null)
        {
            Refuse(KmsErrorRecord.NoAlarm(Engine, Name));
        }
        else if (alarm.Action is null)
        {
            WriteVerbose($"The alarm '{Name}' has no action.");
        }
        else if (ConfirmAction($"Run when the alarm '{Name}' is raised: {alarm.Action.Trim()}", Force))
        {
            // The text that the user agreed to is armed, whatever the store has by now.
            Engine.Alarms.EnableAction(Name, LocalCaller);
            AlarmWatch.SubscribeAction(Events, Name, ScriptBlock.Create(alarm.Action));
        }
    }
}
