using System.Management.Automation;
using System.Text.RegularExpressions;
using KmsTools.Completion;
using KmsTools.Rehearsal;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Cmdlets that make calls of the API, with the common parameters of AWS.Tools.</summary>
public abstract partial class KmsServiceCmdlet : KmsCmdlet
{
    private static readonly string[] WithoutMeaning =
    [
        nameof(AccessKey), nameof(SecretKey), nameof(SessionToken), nameof(ProfileName), nameof(ProfileLocation), nameof(Credential),
        nameof(NetworkCredential), nameof(EndpointUrl), nameof(ClientConfig),
    ];

    private bool _noted;
    private string? _warnedOf;

    /// <summary>
    /// The Region of the call. The default is that of the session, which Get-KmsConnection shows: of $StoredAWSRegion, of the environment
    /// variables AWS_REGION and AWS_DEFAULT_REGION, or of the store.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("RegionToCall")]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public object? Region { get; set; }

    /// <summary>Accepted for scripts written for AWS. Has no meaning for a local KMS.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("AK")]
    public string? AccessKey { get; set; }

    /// <summary>Accepted for scripts written for AWS. Has no meaning for a local KMS.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("SK", "SecretAccessKey")]
    public string? SecretKey { get; set; }

    /// <summary>Accepted for scripts written for AWS. Has no meaning for a local KMS.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ST")]
    public string? SessionToken { get; set; }

    /// <summary>Accepted for scripts written for AWS. Has no meaning for a local KMS.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("StoredCredentials", "AWSProfileName")]
    public string? ProfileName { get; set; }

    /// <summary>Accepted for scripts written for AWS. Has no meaning for a local KMS.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("AWSProfilesLocation", "ProfilesLocation")]
    public string? ProfileLocation { get; set; }

    /// <summary>Accepted for scripts written for AWS. Has no meaning for a local KMS.</summary>
    // Not by value, as it is in AWS.Tools: without the type of the SDK it would swallow whatever is piped.
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? Credential { get; set; }

    /// <summary>Accepted for scripts written for AWS. Has no meaning for a local KMS.</summary>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public PSCredential? NetworkCredential { get; set; }

    /// <summary>Accepted for scripts written for AWS. Has no meaning for a local KMS.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? EndpointUrl { get; set; }

    /// <summary>Accepted for scripts written for AWS. Has no meaning for a local KMS.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? ClientConfig { get; set; }

    private protected Caller Caller => Caller.LocalUser(Engine.Properties.AccountId) with
    {
        Region = CallRegion,
        UserAgent = "KmsTools/PowerShell",
        RequestId = RequestId,
    };

    private protected override string? CallRegion => GivenRegion ?? DefaultRegion;

    /// <summary>The Region that -Region names, or null.</summary>
    private protected string? GivenRegion => Region is null ? null : Valid(RegionChoice.NameOf(Region) ?? "", "");

    private string DefaultRegion
    {
        get
        {
            RegionChoice choice = SessionRegion;
            return Valid(choice.Name, $", from {choice.Source},");
        }
    }

    // The name becomes part of every ARN.
    private static string Valid(string name, string source) => RegionPattern().IsMatch(name)
        ? name
        : throw new ArgumentException($"'{name}'{source} is no name of a Region, such as us-east-1.");

    /// <summary>Says which of the parameters given have no effect here, and whether the Region looks like a slip; each once.</summary>
    private protected void NoteCommonParameters()
    {
        AwsModules.WarnOnce(this);
        WarnOfRegion(CallRegion);
        if (!_noted && WithoutMeaning.Where(IsBound).ToArray() is { Length: > 0 } given)
        {
            _noted = true;
            WriteVerbose($"{string.Join(", ", given.Select(static name => "-" + name))}: no meaning here. The caller is the user of the operating system.");
        }
    }

    /// <summary>Warns of a name that no Region of AWS has but one is near to: any name is a Region here, and an empty one.</summary>
    private protected void WarnOfRegion(string? name)
    {
        if (name is not null && name != _warnedOf && name != Engine.Properties.Region && RegionCompleter.Nearest(name) is { } nearest)
        {
            _warnedOf = name;
            WriteWarning($"AWS has no Region {name}. Did you mean {nearest}?");
        }
    }

    [GeneratedRegex("^[a-z0-9-]{1,32}\\z")]
    private static partial Regex RegionPattern();
}
