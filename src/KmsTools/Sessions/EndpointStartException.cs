using System.Management.Automation;
using System.Text.RegularExpressions;

namespace KmsTools.Sessions;

/// <summary>An endpoint that did not start, for the reason that its program gave.</summary>
internal sealed partial class EndpointStartException : ProgramException
{
    private const string PasswordHint = "set KMSTOOLS_CERTIFICATE_PASSWORD";

    /// <param name="reason">What the program wrote to its standard error; empty if it wrote nothing.</param>
    public EndpointStartException(string reason)
        : base($"The endpoint did not start. {InTermsOfTheCmdlet(reason)}".TrimEnd())
    {
    }

    public override string ErrorId => "EndpointNotStarted";

    public override ErrorCategory Category => ErrorCategory.ResourceUnavailable;

    public override string Advice => "Get-Help about_KmsTools_Endpoint describes what an endpoint needs.";

    /// <summary>A message of the program with its options as the parameters of Start-KmsEndpoint, which have the same names.</summary>
    internal static string InTermsOfTheCmdlet(string message) => Option()
        .Replace(message, static option => "-" + string.Concat(option.Groups["word"].Captures.Select(static word =>
            char.ToUpperInvariant(word.Value[0]) + word.Value[1..])))
        .Replace(PasswordHint, "give -CertificatePassword", StringComparison.Ordinal);

    [GeneratedRegex(@"(?<![\w-])--(?<word>[a-z]+)(-(?<word>[a-z]+))*", RegexOptions.ExplicitCapture)]
    private static partial Regex Option();
}
