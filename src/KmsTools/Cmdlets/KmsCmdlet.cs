using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Management.Automation.Host;
using KmsTools.Auditing;
using KmsTools.Binding;
using KmsTools.Identifiers;
using KmsTools.Loading;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>What all cmdlets of the module have in common: the connection, and errors in the form that PowerShell expects.</summary>
public abstract class KmsCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopped = new();
    private readonly OwnBytes _ownBytes = new();
    private RegionChoice? _sessionRegion;
    private bool? _isWhatIf;

    private protected static KmsConnection Connection => KmsSession.Require();

    private protected static KmsEngine Engine => Connection.Engine;

    /// <summary>Cancelled when the user stops the cmdlet.</summary>
    internal CancellationToken Stopped => _stopped.Token;

    /// <summary>The input that identifies the subject of the call: the target of errors and prompts.</summary>
    private protected virtual object? Subject => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        // A call goes on to its end when the user stops the cmdlet: it still needs them then.
        if (!_stopped.IsCancellationRequested)
        {
            _ownBytes.Keep([]);
        }

        _stopped.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected sealed override void StopProcessing() => _stopped.Cancel();

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Without a record, nothing else would zero them.
        _ownBytes.Keep(MyInvocation.BoundParameters.Values);
        WarnOfSecretText();
        if (LoadedVersion.Warning(MyInvocation.MyCommand) is { } warning)
        {
            WriteWarning(warning);
        }

        AlarmWatch.Poll(Events);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        WarnOfSecretText();
        AlarmWatch.Poll(Events);
    }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        RequestId = null;
        _sessionRegion = null;
        _ownBytes.Keep(MyInvocation.BoundParameters.Values);
        try
        {
            BeginRecord();
            Process();
        }
        catch (Exception exception) when (FindRecord(exception) is { } record)
        {
            AlarmWatch.Poll(Events);
            if (GoesOn)
            {
                WriteError(record);
            }
            else
            {
                ThrowTerminatingError(record);
            }
        }
        finally
        {
            if (KmsSession.TakeNotice() is { } notice && !Stopping)
            {
                WriteWarning(notice);
            }
        }
    }

    private void WarnOfSecretText()
    {
        if (GivenSecret.TakeWasText())
        {
            WriteWarning("A PIN or a password was given as text, which histories and logs keep. Better: (Read-Host -AsSecureString).");
        }
    }

    /// <summary>Ends the record with an error, according to -ErrorAction.</summary>
    [DoesNotReturn]
    private protected static void Refuse(ErrorRecord record) => throw new RefusedException(record);

    /// <summary>Gives the next call of the API its UUID.</summary>
    private protected void BeginCall() => RequestId = CallId.New();

    /// <summary>What comes before the processing of each record.</summary>
    private protected virtual void BeginRecord()
    {
    }

    private protected abstract void Process();

    /// <summary>The UUID of the call that the record makes, by which its event is found; null where it makes none.</summary>
    private protected string? RequestId { get; private set; }

    /// <summary>The Region of calls that name none, in this session. Read once per record, as scripts may change it between two.</summary>
    private protected RegionChoice SessionRegion => _sessionRegion ??= RegionChoice.Of(Connection, GetVariableValue);

    /// <summary>The Region that the names in the call belong to; null for that of the store.</summary>
    private protected virtual RegionName? CallRegion => null;

    /// <summary>What to do about an error, given the present state of the store, or null.</summary>
    private protected virtual string? Hint(KmsException error) => StoreAdvice.Of(error, Engine, () => CallRegion);

    /// <summary>Whom calls of this session are made as that name no credentials.</summary>
    private protected CallerChoice SessionCaller => CallerChoice.Of(Connection, GetVariableValue);

    /// <summary>The caller of this session.</summary>
    private protected Caller LocalCaller => SessionCaller.Resolve(Engine);

    /// <summary>
    /// Whether the user agrees to an act: what -WhatIf and the prompt show is this sentence alone. -Force skips the prompt; -WhatIf still
    /// prevents the act.
    /// </summary>
    /// <param name="act">The act and what is lost by it, in words, without a full stop.</param>
    /// <param name="force">Whether the user has agreed beforehand.</param>
    private protected bool ConfirmAction(string act, bool force = false)
    {
        if (force && !IsWhatIf)
        {
            return true;
        }

        try
        {
            return ShouldProcess(act, act + ".", "Confirm");
        }
        catch (Exception exception) when (exception is HostException or PSInvalidOperationException)
        {
            // The host has no user.
            Refuse(KmsErrorRecord.NoUserToAsk(MyInvocation.MyCommand.Name, act, Subject));
            return false;
        }
    }

    /// <summary>Whether the user only wants to know what would happen. As PowerShell itself does, asks once per cmdlet.</summary>
    private protected bool IsWhatIf => _isWhatIf ??= MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? value)
        ? (SwitchParameter)value!
        : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    /// <summary>Who tries an act that is previewed: its refusal is recorded. Null with -WhatIf, which tries nothing.</summary>
    private protected Caller? TriedBy => IsWhatIf ? null : LocalCaller;

    /// <summary>
    /// Whether the next input is processed after an error. As in AWS.Tools, errors end the command, so that a script's try and catch handle
    /// them; -ErrorAction may override this, and -WhatIf shows all of a pipeline.
    /// </summary>
    private bool GoesOn => MyInvocation.BoundParameters.TryGetValue("ErrorAction", out object? action)
        ? action is not ActionPreference.Stop
        : IsWhatIf && MyInvocation.ExpectingInput && GetVariableValue("ErrorActionPreference")?.ToString() != nameof(ActionPreference.Stop);

    private ErrorRecord? FindRecord(Exception error) =>
        error is RefusedException refused ? refused.Record
            : KmsErrorRecord.Of(error, Subject, FullHint, RequestId, MyInvocation.MyCommand.Name);

    private string? FullHint(KmsException error) =>
        Hint(error) ?? MaterialAdvice.Of(error, () => Engine, () => SessionRegion.Name)
        ?? Advice.OfCause(error, error.KeyArn is null ? null : SessionRegion.Name);

    private protected bool IsBound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>The Region that the user has given, or null. Warns of a name that is probably a typo.</summary>
    /// <exception cref="ArgumentException">The name is malformed.</exception>
    private protected RegionName? ReadRegion(string? name)
    {
        if (name is null)
        {
            return null;
        }

        RegionName region = RegionName.Parse(name);
        WarnOfOtherRegion(region);
        return region;
    }

    /// <summary>The Region in an ARN; null for what is none.</summary>
    private protected static RegionName? RegionOf(string? arn) =>
        RegionName.TryParse(Views.Region(arn), out RegionName region) ? region : null;

    /// <summary>Warns of a name that is probably a typo, unless it is the Region of the store.</summary>
    private protected void WarnOfOtherRegion(RegionName? region)
    {
        if (region is { } name && name != Engine.Properties.Region)
        {
            WarnOfRegion(name, Connection);
        }
    }

    /// <summary>
    /// Warns, once per connection, of a name that AWS does not have but that is close to one it has: any name is a valid Region here, with
    /// nothing in it.
    /// </summary>
    private protected void WarnOfRegion(RegionName region, KmsConnection connection)
    {
        if (AwsRegions.FindNearest(region) is { } nearest && connection.IsFirstUse(region))
        {
            WriteWarning($"{region} is not a Region of AWS that KmsTools knows; did you mean {nearest}?");
        }
    }

    /// <summary>The full path of something in the file system, from a path as PowerShell users write it.</summary>
    private protected string ResolvePath(string path) => SessionState.Path.GetUnresolvedProviderPathFromPSPath(path);

    /// <summary>Passes an error record to where errors are written.</summary>
    private sealed class RefusedException(ErrorRecord record) : Exception
    {
        public ErrorRecord Record => record;
    }
}
