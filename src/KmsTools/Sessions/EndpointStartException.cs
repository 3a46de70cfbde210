using System.Management.Automation;

namespace KmsTools.Sessions;

/// <summary>An endpoint that did not start, for the reason that its program gave.</summary>
internal sealed class EndpointStartException : ProgramException
{
    /// <param name="reason">What the program wrote to its standard error; empty if it wrote nothing.</param>
    public EndpointStartException(string reason)
        : base($"The endpoint did not start. {InTermsOfTheCmdlet(reason)}".TrimEnd())
    {
    }

    public override string ErrorId => "EndpointNotStarted";

    public override ErrorCategory Category => ErrorCategory.ResourceUnavailable;

    public override string Advice => "Get-Help about_KmsTools_Endpoint describes what an endpoint needs.";
}
