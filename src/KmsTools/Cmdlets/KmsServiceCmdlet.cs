using System.Management.Automation;
using KmsTools.Completion;
using KmsTools.Identifiers;
using KmsTools.Rehearsal;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>A cmdlet that makes API calls, with the common parameters of AWS.Tools.</summary>
public abstract class KmsServiceCmdlet : KmsCmdlet
{
    private static readonly string[] WithoutMeaning =
    [
        nameof(AccessKey), nameof(SecretKey), nameof(SessionToken), nameof(ProfileName), nameof(ProfileLocation), nameof(Credential),
        nameof(NetworkCredential), nameof(EndpointUrl), nameof(ClientConfig),
    ];

    private bool _noted;

    /// <summary>
    /// The Region of the call. The default is that of the session, which Get-KmsConnection shows: of $StoredAWSRegion, of the environment
    /// variables AWS_REGION and AWS_DEFAULT_REGION, or of the store.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("RegionToCall")]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public object? Region { get; set; }

    /// <summary>Accepted for compatibility with AWS.Tools. It has no effect here.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("AK")]
    public string? AccessKey { get; set; }

    /// <summary>Accepted for compatibility with AWS.Tools. It has no effect here.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("SK", "SecretAccessKey")]
    public string? SecretKey { get; set; }

    /// <summary>Accepted for compatibility with AWS.Tools. It has no effect here.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ST")]
    public string? SessionToken { get; set; }

    /// <summary>Accepted for compatibility with AWS.Tools. It has no effect here.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("StoredCredentials", "AWSProfileName")]
    public string? ProfileName { get; set; }

    /// <summary>Accepted for compatibility with AWS.Tools. It has no effect here.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("AWSProfilesLocation", "ProfilesLocation")]
    public string? ProfileLocation { get; set; }

    /// <summary>Accepted for compatibility with AWS.Tools. It has no effect here.</summary>
    // Not by value, as it is in AWS.Tools: without the type of the SDK it would swallow whatever is piped.
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? Credential { get; set; }

    /// <summary>Accepted for compatibility with AWS.Tools. It has no effect here.</summary>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public PSCredential? NetworkCredential { get; set; }

    /// <summary>Accepted for compatibility with AWS.Tools. It has no effect here.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? EndpointUrl { get; set; }

    /// <summary>Accepted for compatibility with AWS.Tools. It has no effect here.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? ClientConfig { get; set; }

    private protected Caller Caller => LocalCaller with { Region = CallRegion, RequestId = RequestId };

    private protected override RegionName? CallRegion => GivenRegion ?? SessionRegion.Parse();

    /// <summary>The Region that -Region names, or null.</summary>
    private protected RegionName? GivenRegion => Region is null ? null : RegionName.Parse(RegionChoice.NameOf(Region));

    /// <summary>Warns of parameters that have no effect here, and of a Region that looks like a typo; each once.</summary>
    private protected virtual void NoteCommonParameters()
    {
        AwsModules.WarnOnce(this);
        WarnOfOtherRegion(CallRegion);
        if (!_noted && WithoutMeaning.Where(IsBound).ToArray() is { Length: > 0 } given)
        {
            _noted = true;
            WriteVerbose($"{string.Join(", ", given.Select(static name => "-" + name))}: no meaning here. The caller is the user of the "
                + "operating system.");
        }
    }
}
