using System.Management.Automation;
using System.Text.RegularExpressions;

namespace KmsTools.Sessions;

/// <summary>A program of the module did not do what a cmdlet started it for.</summary>
/// <param name="message">What it did not do, and the reason that it gave.</param>
internal abstract partial class ProgramException(string message) : Exception(message)
{
    private const string PasswordHint = "set KMSTOOLS_CERTIFICATE_PASSWORD";

    /// <summary>The ID of the error in PowerShell.</summary>
    public abstract string ErrorId { get; }

    /// <summary>The category of the error in PowerShell.</summary>
    public abstract ErrorCategory Category { get; }

    /// <summary>What to do about it.</summary>
    public abstract string Advice { get; }

    /// <summary>A message of a program with its options as the parameters of cmdlets, which have the same names.</summary>
    internal static string InTermsOfTheCmdlet(string message) => Option()
        .Replace(message, static option => "-" + string.Concat(option.Groups["word"].Captures.Select(static word =>
            char.ToUpperInvariant(word.Value[0]) + word.Value[1..])))
        .Replace(PasswordHint, "give -CertificatePassword", StringComparison.Ordinal);

    [GeneratedRegex(@"(?<![\w-])--(?<word>[a-z]+)(-(?<word>[a-z]+))*", RegexOptions.ExplicitCapture)]
    private static partial Regex Option();
}
