using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Identifiers;
using KmsTools.Persistence;
using KmsTools.Rehearsal;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>A cmdlet that makes API calls, with the common parameters of AWS.Tools.</summary>
public abstract class KmsServiceCmdlet : KmsCmdlet
{
    private static readonly string[] WithoutMeaning =
    [
        nameof(NetworkCredential), nameof(EndpointUrl), nameof(ClientConfig),
    ];

    private EmptyCells? _emptyCells;
    private bool _noted;

    /// <summary>
    /// The Region of the call. The default is that of the session, which Get-KmsConnection shows: of $StoredAWSRegion, of the environment
    /// variables AWS_REGION and AWS_DEFAULT_REGION, or of the store.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("RegionToCall")]
    [TextTransformation("SystemName")]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public object? Region { get; set; }

    /// <summary>
    /// The access key of the store whose principal makes the call, with its secret in -SecretKey. The default is the caller of the session.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("AK")]
    [TextTransformation]
    public string? AccessKey { get; set; }

    /// <summary>The secret of the access key.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("SK", "SecretAccessKey")]
    [TextTransformation]
    public string? SecretKey { get; set; }

    /// <summary>The session token of temporary credentials, which Use-KmsRole and STS on an endpoint issue.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ST")]
    [TextTransformation]
    public string? SessionToken { get; set; }

    /// <summary>
    /// A profile of the shared credentials file with an access key of this store, or with role_arn and source_profile. A profile whose
    /// access key this store does not know has no effect, and a warning says so.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("StoredCredentials", "AWSProfileName")]
    [TextTransformation]
    [ArgumentCompleter(typeof(ProfileCompleter))]
    public string? ProfileName { get; set; }

    /// <summary>The shared credentials file. The default is ~/.aws/credentials, with ~/.aws/config.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("AWSProfilesLocation", "ProfilesLocation")]
    [PathArgument]
    public string? ProfileLocation { get; set; }

    /// <summary>
    /// Credentials in one object: with AccessKey, SecretKey and Token as AWS.Tools creates them, or a PSCredential with the access key as
    /// its user name.
    /// </summary>
    // Not by value, as it is in AWS.Tools: without the type of the SDK it would swallow whatever is piped.
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? Credential { get; set; }

    /// <summary>Accepted for compatibility with AWS.Tools. It has no effect here.</summary>
    // Not by value, as it is in AWS.Tools: three exceptions for every record that is something else would cost more than the record.
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public PSCredential? NetworkCredential { get; set; }

    /// <summary>Accepted for compatibility with AWS.Tools. It has no effect here.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation("Url")]
    public string? EndpointUrl { get; set; }

    /// <summary>Accepted for compatibility with AWS.Tools. It has no effect here.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? ClientConfig { get; set; }

    private protected Caller Caller => (GivenCaller ?? SessionCaller).Resolve(Engine) with { Region = CallRegion, RequestId = RequestId };

    private protected override RegionName? CallRegion => GivenRegion ?? SessionRegion.Parse();

    private protected override string? Hint(KmsException error) => HintOfRelatedKey(error) ?? base.Hint(error);

    // An object is one key: which of related ones is meant by another -Region, only the user knows.
    private string? HintOfRelatedKey(KmsException error)
    {
        if (error.Cause != ErrorCause.OtherRegion || GivenRegion is not { } region
            || !KeyArn.TryParse(Subject as string, out KeyArn? key) || !key.KeyId.StartsWith("mrk-", StringComparison.Ordinal))
        {
            return null;
        }

        using IStateReader state = Engine.OpenReader();
        return state.FindKey(region, key.KeyId) is null ? null
            : $"The ARN is of the key in {error.Region}. Name the related key in {region} by its ID: {NameAgain(key.KeyId, region)}";
    }

    private string NameAgain(string keyId, RegionName region)
    {
        if (!IsBound("KeyId"))
        {
            return keyId;
        }

        bool needsMore = MyInvocation.MyCommand.ParameterSets.FirstOrDefault(set => set.Name == ParameterSetName)?.Parameters
            .Any(static parameter => parameter.IsMandatory && parameter.Name != "KeyId") is true;
        return $"{MyInvocation.MyCommand.Name} -KeyId {keyId} -Region {region}{(needsMore ? " ..." : "")}";
    }

    /// <summary>The Region that -Region names, or null.</summary>
    private protected RegionName? GivenRegion => Region is null ? null : RegionName.Parse(RegionChoice.NameOf(Region));

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _emptyCells = MyInvocation.ExpectingInput ? new(MyInvocation) : null;
    }

    private protected override void BeginRecord() => _emptyCells?.LeaveOut(this);

    /// <summary>Refuses an alias of another Region than that of the call, where its name may belong to another key.</summary>
    /// <param name="aliasArn">The ARN, or null where it is not known.</param>
    /// <param name="aliasName">The alias of the call; an ARN that is not of it says nothing about it.</param>
    /// <exception cref="KmsException">NotFoundException.</exception>
    private protected void RequireRegionOf(string? aliasArn, string? aliasName)
    {
        if (aliasName is not null && aliasArn?.EndsWith($":{aliasName}", StringComparison.Ordinal) is true
            && RegionOf(aliasArn) is { } region && region != CallRegion)
        {
            throw KmsErrors.OtherRegion(region);
        }
    }

    /// <summary>
    /// What names the key of the call: the ID, or the ARN where there is no ID. Of a multi-Region key that came as the ID and the ARN of one
    /// object it is the ARN: related keys share the ID.
    /// </summary>
    private protected static string? NameKey(string? keyId, string? keyArn) =>
        keyId is null
            || (keyId.StartsWith("mrk-", StringComparison.Ordinal) && KeyArn.TryParse(keyArn, out KeyArn? key) && key.KeyId == keyId)
            ? keyArn
            : keyId;

    /// <summary>The caller whose credentials the parameters give, or null. Parameters beat the session.</summary>
    /// <exception cref="KmsException">UnrecognizedClientException, ExpiredTokenException, InvalidSignatureException.</exception>
    /// <exception cref="ArgumentException">The credentials are not complete.</exception>
    private CallerChoice? GivenCaller => (AccessKey ?? SecretKey) is not null
            ? OfCredentials(
                new GivenCredentials(
                    AccessKey ?? throw new ArgumentException("-SecretKey needs -AccessKey."),
                    SecretKey ?? throw new ArgumentException("-AccessKey needs -SecretKey."),
                    SessionToken),
                "-AccessKey")
        : ProfileName is not null ? Profile.Choice
        : Credential is not null ? OfCredentials(GivenCredentials.Of(Credential), "-Credential")
        : null;

    private ProfileCaller Profile =>
        ProfileCaller.Find(Connection, ProfileName!, ProfileLocation is null ? null : ResolvePath(ProfileLocation));

    /// <summary>Warns of parameters that have no effect here, and of a Region that looks like a typo; each once.</summary>
    private protected virtual void NoteCommonParameters()
    {
        if (!_noted)
        {
            AwsModules.WarnOnce(this);
        }

        WarnOfOtherRegion(CallRegion);
        if (_noted)
        {
            return;
        }

        _noted = true;
        if (WithoutMeaning.Where(IsBound).ToArray() is { Length: > 0 } given)
        {
            WriteVerbose($"{string.Join(", ", given.Select(static name => "-" + name))}: no meaning here.");
        }

        if (AccessKey is null && ProfileName is not null && Profile.Reason is { } reason)
        {
            WriteWarning($"-ProfileName has no effect: {reason}. The caller is {SessionCaller.PrincipalArn}.");
        }
    }

    private static CallerChoice OfCredentials(GivenCredentials given, string source) =>
        CallerChoice.OfCredentials(given.Authenticate(Engine), given.SessionToken, source);
}
