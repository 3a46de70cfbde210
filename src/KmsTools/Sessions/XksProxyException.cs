using System.Management.Automation;

namespace KmsTools.Sessions;

/// <summary>The program of the XKS proxy did not do what a cmdlet started it for, for the reason that it gave.</summary>
/// <param name="failed">What it did not do, as a sentence.</param>
/// <param name="reason">What the program wrote to its standard error; empty if it wrote nothing.</param>
/// <param name="category">The category of the error in PowerShell.</param>
internal sealed class XksProxyException(string failed, string reason, ErrorCategory category = ErrorCategory.InvalidOperation)
    : ProgramException(Text(failed, reason.Trim()))
{
    private const string PinOption = "--pin-from-input";
    private const string PinParameter = "-Pin";

    /// <inheritdoc/>
    public override string ErrorId => "XksProxyFailed";

    /// <inheritdoc/>
    public override ErrorCategory Category => category;

    /// <inheritdoc/>
    public override string Advice => "Get-Help about_KmsTools_XksProxy describes what a proxy needs.";

    // Several reasons are separate lines.
    private static string Text(string failed, string reason) => string.Concat(
        failed,
        reason.Length == 0 ? "" : reason.Contains('\n', StringComparison.Ordinal) ? Environment.NewLine : " ",
        InTermsOfTheCmdlet(reason.Replace(PinOption, PinParameter, StringComparison.Ordinal)));
}
