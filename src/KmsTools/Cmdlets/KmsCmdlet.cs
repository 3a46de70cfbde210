using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>What all cmdlets of the module have in common: the connection, and errors in the shape of PowerShell.</summary>
public abstract class KmsCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopped = new();

    private protected static KmsConnection Connection => KmsSession.Require();

    private protected static KmsEngine Engine => Connection.Engine;

    /// <summary>Cancelled when the user stops the cmdlet.</summary>
    internal CancellationToken Stopped => _stopped.Token;

    /// <summary>What the user has given to say what the call is about: the target of errors and questions.</summary>
    private protected virtual object? Subject => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopped.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected sealed override void StopProcessing() => _stopped.Cancel();

    /// <inheritdoc/>
    protected override void BeginProcessing() => AlarmWatch.Attend(Events);

    /// <inheritdoc/>
    protected override void EndProcessing() => AlarmWatch.Attend(Events);

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        RequestId = null;
        try
        {
            Process();
        }
        catch (Exception error) when (FindRecord(error) is { } record)
        {
            AlarmWatch.Attend(Events);
            if (GoesOn)
            {
                WriteError(record);
            }
            else
            {
                ThrowTerminatingError(record);
            }
        }
    }

    /// <summary>Ends the record with an error, as -ErrorAction says.</summary>
    [DoesNotReturn]
    private protected static void Refuse(ErrorRecord record) => throw new RefusedException(record);

    /// <summary>Gives the next call of the API its UUID.</summary>
    private protected void BeginCall() => RequestId = Guid.NewGuid().ToString("D");

    private protected abstract void Process();

    /// <summary>The UUID of the call that the record makes, by which its event is found; null where it makes none.</summary>
    private protected string? RequestId { get; private set; }

    /// <summary>The Region of calls that name none, in this session.</summary>
    private protected RegionChoice SessionRegion => RegionChoice.Of(Connection, GetVariableValue);

    /// <summary>The Region that the names of the call are of; null for that of the store.</summary>
    private protected virtual string? CallRegion => null;

    /// <summary>What to do about an error as the store is now, or null.</summary>
    private protected virtual string? Hint(KmsException error) => StoreAdvice.Of(error, Engine, () => CallRegion);

    /// <summary>The user of the operating system, as calls of this module name it.</summary>
    private protected static Caller LocalCaller => Caller.LocalUser(Engine.Properties.AccountId) with { UserAgent = "KmsTools/PowerShell" };

    /// <summary>Whether the user agrees. -Force answers the question; -WhatIf prevents all the same.</summary>
    private protected bool Agrees(bool force, string target, string action) => (force && !IsWhatIf) || ShouldProcess(target, action);

    /// <summary>Whether the user only wants to know what would happen.</summary>
    private protected bool IsWhatIf => MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? value)
        ? (SwitchParameter)value!
        : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    /// <summary>
    /// Whether the next input is taken after an error. As in AWS.Tools errors end the command, so that a script's try and catch meet them;
    /// -ErrorAction may say otherwise, and -WhatIf shows all of a pipeline.
    /// </summary>
    private bool GoesOn => MyInvocation.BoundParameters.TryGetValue("ErrorAction", out object? action)
        ? action is not ActionPreference.Stop
        : IsWhatIf && MyInvocation.ExpectingInput && GetVariableValue("ErrorActionPreference")?.ToString() != nameof(ActionPreference.Stop);

    private ErrorRecord? FindRecord(Exception error) =>
        error is RefusedException refused ? refused.Record : KmsErrorRecord.Of(error, Subject, Hint, RequestId);

    private protected bool IsBound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>The full path of something in the file system, from a path as PowerShell users write them.</summary>
    private protected string ResolvePath(string path) => SessionState.Path.GetUnresolvedProviderPathFromPSPath(path);

    /// <summary>Takes an error record to where errors are written.</summary>
    private sealed class RefusedException(ErrorRecord record) : Exception
    {
        public ErrorRecord Record => record;
    }
}
