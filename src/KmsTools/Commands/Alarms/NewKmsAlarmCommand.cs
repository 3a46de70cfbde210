using System.Management.Automation;
using KmsTools.Alarms;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>
/// Creates an alarm on the use of keys that are pending deletion, on expiring key material, on key stores that failed to connect, or on
/// orphaned key material.
/// </summary>
/// <remarks>
/// An alarm belongs to the store: it is in the state OK or ALARM for every session, whichever process caused it. Each change of state
/// raises the PowerShell event KmsTools.Alarm in every session that has the store open. See about_KmsTools_Alarms.
/// </remarks>
/// <example>
/// <code>
/// New-KmsAlarm 'still in use' -Event KeyUsedWhilePendingDeletion -Action { Write-Warning $_.StateReason }
/// </code>
/// <para>Writes a warning in this session when a key that is pending deletion is used.</para>
/// </example>
/// <example>
/// <code>
/// $key = New-KmsKey -Origin EXTERNAL
/// New-KmsAlarm 'material of orders' $key.KeyId -Event KeyMaterialExpiring -Threshold 14
/// </code>
/// <para>Goes off two weeks before the imported material of a key expires.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "KmsAlarm", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "monitoring-cloudwatch.html")]
[OutputType(typeof(AlarmDescription))]
public sealed class NewKmsAlarmCommand : KmsCmdlet
{
    private bool _isOtherEvent;

    /// <summary>The name, unique in the store: 1 to 255 characters.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string Name { get; set; } = "";

    /// <summary>
    /// The key to watch: its ID, ARN or alias. With KeyStoreFailed and ProxyCertificateExpiring, a key in the key store to watch. The default is
    /// all keys.
    /// </summary>
    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    [ValidateNotNullOrEmpty]
    public string? KeyId { get; set; }

    /// <summary>The event to watch for.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public AlarmEvent Event { get; set; }

    /// <summary>
    /// The value at which the alarm goes off: refused calls within five minutes, failed key stores or orphaned key materials (1 to 1000,
    /// default 1); for KeyMaterialExpiring and ProxyCertificateExpiring, days before the expiration (1 to 365, default 30 and 10).
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(int))]
    public int? Threshold { get; set; }

    /// <summary>
    /// The action to run in this session when the alarm goes off. In it, $_ and $Event.MessageData are the alarm. The store keeps the text;
    /// Enable-KmsAlarmAction enables it in another session.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? Action { get; set; }

    private protected override object? Subject => KeyId ?? Name;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();

        // The threshold of an alarm that is piped is one of its event.
        _isOtherEvent = IsBound(nameof(Event)) && !IsBound(nameof(Threshold));
    }

    private protected override void Process()
    {
        int? threshold = _isOtherEvent ? null : Threshold;
        if (!ConfirmAction($"Create the alarm '{Name}' on {Event} of {KeyId ?? "all"}"))
        {
            return;
        }

        AlarmDescription alarm = Engine.Alarms.Create(Name, Event, KeyId, threshold, Action?.ToString(), LocalCaller with
        {
            Region = RegionOf(KeyId),
        });
        if (Action is not null)
        {
            AlarmWatch.SubscribeAction(Events, Name, Action);
        }

        WriteObject(alarm);
    }
}
