using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>
/// Shows what a call is at. Warnings of the call are kept to its end: a preference that stops at warnings must not stop a call between
/// two of its steps.
/// </summary>
internal sealed class CallProgress(Cmdlet cmdlet, string activity) : IDisposable
{
    private const int ActivityId = 4711;

    private readonly List<string> _warnings = [];
    private bool _isShown;

    /// <summary>The caller, with an ear for progress and warnings.</summary>
    public Caller Of(Caller caller) => caller with { Progress = Say, Warning = _warnings.Add };

    /// <summary>Shows the step.</summary>
    public void Say(string step)
    {
        _isShown = true;
        cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, step));
    }

    /// <summary>Writes the warnings that came up.</summary>
    public void WriteWarnings()
    {
        foreach (string warning in _warnings)
        {
            cmdlet.WriteWarning(warning);
        }

        _warnings.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isShown)
        {
            cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, activity) { RecordType = ProgressRecordType.Completed });
        }
    }
}
