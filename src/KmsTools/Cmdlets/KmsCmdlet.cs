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

    /// <summary>The input that identifies the subject of the call: the target of errors and prompts.</summary>
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
        try
        {
            Process();
        }
        catch (Exception error) when (KmsErrorRecord.Of(error, Subject, Hint) is { } record)
        {
            AlarmWatch.Attend(Events);
            ThrowTerminatingError(record);
        }
    }

    private protected abstract void Process();

    /// <summary>The Region that the names of the call are of; null for that of the store.</summary>
    private protected virtual string? CallRegion => null;

    /// <summary>What to do about an error as the store is now, or null.</summary>
    private protected virtual string? Hint(KmsException error) => StoreAdvice.Of(error, Engine, () => CallRegion);

    /// <summary>The user of the operating system, as calls of this module name it.</summary>
    private protected static Caller LocalCaller => Caller.LocalUser(Engine.Properties.AccountId) with { UserAgent = "KmsTools/PowerShell" };

    /// <summary>Whether the user confirms the action. -Force skips the prompt; -WhatIf still prevents the action.</summary>
    private protected bool Agrees(bool force, string target, string action) => (force && !IsWhatIf) || ShouldProcess(target, action);

    /// <summary>Whether the user only wants to know what would happen.</summary>
    private protected bool IsWhatIf => MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? value)
        ? (SwitchParameter)value!
        : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    private protected bool IsBound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>The full path of something in the file system, from a path as PowerShell users write them.</summary>
    private protected string ResolvePath(string path) => SessionState.Path.GetUnresolvedProviderPathFromPSPath(path);
}
