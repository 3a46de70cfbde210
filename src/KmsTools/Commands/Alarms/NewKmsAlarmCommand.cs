using System.Management.Automation;
using KmsTools.Alarms;
using KmsTools.Completion;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Makes an alarm: on the use of keys that are pending deletion, expiring key material, failed key stores, orphaned key material.</summary>
/// <remarks>
/// An alarm belongs to the store: it is in the state OK or ALARM for every session, whichever process caused it. Each change of state
/// raises the PowerShell event KmsTools.Alarm in every session that has the store open. See about_KmsTools_Alarms.
/// </remarks>
/// <example>
/// <code>
/// New-KmsAlarm 'still in use' -Event KeyUsedWhilePendingDeletion -Action { Write-Warning "$($Event.MessageData.StateReason)" }
/// </code>
/// <para>Warns in this session when any key is used that is pending deletion.</para>
/// </example>
/// <example>
/// <code>
/// $key = New-KmsKey -Origin EXTERNAL
/// New-KmsAlarm 'material of orders' $key.KeyId -Event KeyMaterialExpiring -Threshold 14
/// </code>
/// <para>Sounds two weeks before the imported material of a key expires.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "KmsAlarm", SupportsShouldProcess = true)]
[OutputType(typeof(AlarmDescription))]
public sealed class NewKmsAlarmCommand : KmsCmdlet
{
    /// <summary>The name, unique in the store: 1 to 255 characters.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>The only key to watch: ID, ARN or alias. With KeyStoreFailed, a key of the key store to watch. The default is all.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(KeyCompleter))]
    [ValidateNotNullOrEmpty]
    public string? KeyId { get; set; }

    /// <summary>What to watch.</summary>
    [Parameter(Mandatory = true)]
    public AlarmEvent Event { get; set; }

    /// <summary>
    /// How much is too much: refused calls within five minutes, failed key stores or orphans (1 to 1000, default 1); for
    /// KeyMaterialExpiring the days before the expiry (1 to 365, default 30).
    /// </summary>
    [Parameter]
    public int? Threshold { get; set; }

    /// <summary>
    /// What to do in this session when the alarm sounds. In it $Event.MessageData is the alarm. The store keeps the text;
    /// Enable-KmsAlarmAction arms it in another session.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? Action { get; set; }

    private protected override object? Subject => KeyId ?? Name;

    private protected override void Process()
    {
        if (!ShouldProcess(Name, $"Make an alarm on {Event} of {KeyId ?? "all"}"))
        {
            return;
        }

        AlarmDescription alarm = Engine.Alarms.Create(Name, Event, KeyId, Threshold, Action?.ToString(), LocalCaller);
        if (Action is not null)
        {
            AlarmWatch.Arm(Events, Name, Action);
        }

        WriteObject(alarm);
    }
}
