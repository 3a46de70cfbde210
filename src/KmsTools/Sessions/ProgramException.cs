using System.Management.Automation;

namespace KmsTools.Sessions;

/// <summary>A program of the module did not do what a cmdlet started it for.</summary>
/// <param name="message">What it did not do, and the reason that it gave.</param>
internal abstract class ProgramException(string message) : Exception(message)
{
    /// <summary>The ID of the error in PowerShell.</summary>
    public abstract string ErrorId { get; }

    /// <summary>The category of the error in PowerShell.</summary>
    public abstract ErrorCategory Category { get; }

    /// <summary>What to do about it.</summary>
    public abstract string Advice { get; }
}
