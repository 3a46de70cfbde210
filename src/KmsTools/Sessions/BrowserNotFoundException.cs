using System.Management.Automation;

namespace KmsTools.Sessions;

/// <summary>No browser could be opened on this machine.</summary>
internal sealed class BrowserNotFoundException(Exception? cause)
    : ProgramException("No browser could be opened on this machine." + (cause is null ? "" : $" {cause.Message}"))
{
    public override string ErrorId => "BrowserNotFound";

    public override ErrorCategory Category => ErrorCategory.ResourceUnavailable;

    public override string Advice => "Show-KmsConsole -NoBrowser returns the link, to be opened within a minute.";
}
