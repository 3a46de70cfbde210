using System.Management.Automation;
using System.Text.RegularExpressions;
using KmsTools.Completion;

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

    /// <summary>The Region of the call. The default is the Region of the store.</summary>
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

    private protected Caller Caller => Caller.LocalUser(Engine.Properties.AccountId) with
    {
        Region = RegionName,
        UserAgent = "KmsTools/PowerShell",
    };

    private protected sealed override string? CallRegion => RegionName;

    private protected string? RegionName
    {
        get
        {
            string? name = Region is null ? null : (Region is PSObject wrapper ? wrapper.BaseObject : Region) as string

                // The Region objects of AWS.Tools.
                ?? PSObject.AsPSObject(Region).Properties["SystemName"]?.Value as string ?? Region.ToString();

            // The name becomes part of every ARN.
            return name is null || RegionPattern().IsMatch(name) ? name
                : throw new ArgumentException($"'{name}' is no name of a Region, such as us-east-1.");
        }
    }

    /// <summary>Warns of parameters that have no effect here, and of a Region that looks like a typo; each once.</summary>
    private protected void NoteCommonParameters()
    {
        WarnOfRegion(RegionName);
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
